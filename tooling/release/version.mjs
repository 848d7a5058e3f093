// `npm run version`: what changesets say becomes versions and changelogs, and core's version is written where it is read.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const source = `${root}packages/core/src/version.ts`;

const { status } = spawnSync("npx", ["changeset", "version"], { cwd: root, stdio: "inherit", shell: true });
if (status !== 0) process.exit(status ?? 1);
const { version } = JSON.parse(readFileSync(`${root}packages/core/package.json`, "utf8"));
writeFileSync(source, readFileSync(source, "utf8").replace(/VERSION = ".*"/, `VERSION = "${version}"`));
