// npm run test:runtimes: the packages, as npm installs them, in Node, Bun and Deno. Everything comes into a folder for the time being: our packages
// packed, all others, Bun and Deno too, from npm's registry. Prints a table of what each runtime does.

import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exec } from "../checks/lib/exec.mjs";
import { npmRegistry, withInstalled, withRegistry } from "../checks/lib/installation.mjs";
import { published } from "../checks/lib/pack.mjs";
import { openingOf } from "../checks/lib/readme.mjs";
import { rootPath } from "../checks/lib/workspace.mjs";

/** What is tested. Their install scripts put the binary in its place, which came as a package. */
const RUNTIMES = ["bun@1.4.5", "deno@2.9.6"];
const OTHERS = ["onnxruntime-node@1.30.0"];

/**
 * The command lines by which runtimes run a script.
 * @param {string} folder
 * @returns {Record<string, readonly string[]>}
 */
const commands = (folder) => ({
  node: [process.execPath],
  bun: [join(folder, "node_modules/.bin/bun")],
  deno: [join(folder, "node_modules/.bin/deno"), "run", "--allow-all", "--quiet"],
});

/**
 * What one runtime does.
 * @param {readonly string[]} command
 * @param {string} name
 * @param {string} folder
 * @returns {Promise<{ claim: string, ok: boolean, said: string }[]>}
 */
async function claims([program = "", ...args], name, folder) {
  const run = (/** @type {readonly string[]} */ rest) =>
    exec(program, [...args, ...rest], { cwd: folder, timeoutMs: 600_000 });
  const bin = "node_modules/@throughtime/cli/dist/bin.js";
  const out = `out-${name}`;
  /** @type {readonly (readonly [claim: string, words: readonly string[], pattern: RegExp])[]} */
  const lines = [
    ["README: the first example", ["row.mjs"], /^Row, row, row your boat/m],
    ["cli: --help", [bin, "--help"], /Usage: throughtime/],
    [
      "cli: train lm",
      [bin, "train", "lm", "--data", "text.txt", "--steps", "20", "--hidden", "16", "--out", out],
      /^Trained 20 steps/m,
    ],
    ["cli: sample", [bin, "sample", out, "--prime", "Row", "--length", "20"], /^Row/m],
  ];
  /** @type {{ claim: string, ok: boolean, said: string }[]} */
  const said = [];
  for (const [claim, words, pattern] of lines) {
    const { status: ended, output: text } = await run(words);
    said.push({ claim, ok: ended === 0 && pattern.test(text), said: text.trim() });
  }
  const { status, output } = await run(["program.mjs", `${out}/last.safetensors`]);
  const told = output.split("\n").filter((line) => line.startsWith('{"claim"'));
  said.push(...told.map((line) => JSON.parse(line)));
  if (status !== 0) said.push({ claim: "the program ends well", ok: false, said: `status ${status}\n${output}` });
  return said;
}

const names = published().map(({ manifest }) => manifest.name);
const failures = await withRegistry(names, await npmRegistry(), (registry) =>
  withInstalled(registry, [...names, ...OTHERS, ...RUNTIMES], async (folder) => {
    copyFileSync(fileURLToPath(new URL("program.mjs", import.meta.url)), join(folder, "program.mjs"));
    writeFileSync(join(folder, "row.mjs"), openingOf(readFileSync(join(rootPath, "README.md"), "utf8"))?.code ?? "");
    writeFileSync(join(folder, "text.txt"), "Row, row, row your boat, gently down the stream.\n".repeat(200));
    /** @type {string[]} */
    const found = [];
    for (const [name, command] of Object.entries(commands(folder))) {
      for (const { claim, ok, said } of await claims(command, name, folder)) {
        console.log(`${name.padEnd(5)} ${ok ? "ok    " : "FAILED"} ${claim}: ${said.split("\n")[0]}`);
        if (!ok) found.push(`${name}: ${claim}\n${said}`);
      }
    }
    return found;
  }),
);
for (const failure of failures) console.error(`\n${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;
