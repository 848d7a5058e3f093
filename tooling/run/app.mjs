// node tooling/run/app.mjs <file> [arguments]: installs, builds, then runs a built program. Used by `npm run demo`.

import { spawnSync } from "node:child_process";
import { bootstrap } from "../bootstrap/bootstrap.mjs";
import { pnpm, root } from "../bootstrap/pnpm.mjs";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) throw new Error("app.mjs: name the built program to run.");

bootstrap();
const built = pnpm(["exec", "turbo", "run", "build", "--output-logs=errors-only"]);
if (built !== 0) process.exit(built);
const { status } = spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: "inherit" });
process.exitCode = status ?? 1;
