// `npm run version`: what changesets say becomes versions and changelogs, one version for all packages, and core's version is
// written where it is read.
//
// When a peer's release leaves its range, Changesets releases what needs it as major, which below 1.0.0 means 1.0.0. So for
// it core stands among the dependencies. All ranges are `workspace:^`, so that the version is all that changes in a manifest.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { execTool } from "../checks/lib/exec.mjs";

const CORE = "@throughtime/core";

/**
 * A manifest in which core is a dependency where it was a peer.
 * @param {string} text
 */
function withoutPeer(text) {
  const { peerDependencies, dependencies, ...rest } = JSON.parse(text);
  const { [CORE]: range, ...peers } = peerDependencies ?? {};
  if (range === undefined) return text;
  const manifest = { ...rest, dependencies: { ...dependencies, [CORE]: range }, peerDependencies: peers };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/**
 * @param {string} root a repository's folder
 * @returns {Promise<number>} the exit status
 */
export async function version(root) {
  const files = ["packages", "apps"]
    .flatMap((group) => readdirSync(`${root}/${group}`).map((folder) => `${root}/${group}/${folder}/package.json`))
    .filter((file) => existsSync(file));
  const before = files.map((file) => readFileSync(file, "utf8"));
  files.forEach((file, i) => writeFileSync(file, withoutPeer(/** @type {string} */ (before[i]))));
  try {
    const { status } = await execTool("@changesets/cli/bin.js", ["version"], { cwd: root, show: true });
    if (status !== 0) return status;
  } finally {
    files.forEach((file, i) => {
      const { version: now } = JSON.parse(readFileSync(file, "utf8"));
      writeFileSync(file, /** @type {string} */ (before[i]).replace(/"version": ".*?"/, `"version": "${now}"`));
    });
  }
  const { version: now } = JSON.parse(readFileSync(`${root}/packages/core/package.json`, "utf8"));
  const source = `${root}/packages/core/src/version.ts`;
  writeFileSync(source, readFileSync(source, "utf8").replace(/VERSION = ".*"/, `VERSION = "${now}"`));
  return 0;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await version(fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, ""));
}
