// Tries to hold a folder in a process of its own: `node holding-child.js FOLDER`. Writes "held" or why not, and a process that
// holds it stays until it is killed or its standard input ends.
import { holdFolder } from "../../src/node.js";

const [folder] = process.argv.slice(2) as [string];
await holdFolder(folder).then(
  async (letGo) => {
    process.stdout.write("held\n");
    for await (const _ of process.stdin);
    await letGo();
  },
  (error: Error) => process.stdout.write(`${error.name}: ${error.message}\n`),
);
