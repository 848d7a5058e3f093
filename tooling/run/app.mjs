// node tooling/run/app.mjs <file> [arguments]: installs, builds, then runs a built program. Used by `npm run demo`.

import { spawn } from "node:child_process";
import { bootstrapAndBuild } from "../bootstrap/build.mjs";
import { root } from "../bootstrap/pnpm.mjs";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) throw new Error("app.mjs: name the built program to run.");

if (bootstrapAndBuild()) {
  // Ctrl-C reaches the program too; what it means is the program's to say (the demo saves a checkpoint), so wait for it.
  process.on("SIGINT", () => {});
  const program = spawn(process.execPath, [file, ...args], { cwd: root, stdio: "inherit" });
  program.on("close", (status) => {
    process.exitCode = status ?? 1;
  });
} else {
  process.exitCode = 1;
}
