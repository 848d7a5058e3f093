// `npm run version`: what changesets say becomes versions and changelogs, one version for all packages, and core's version is
// written where it is read.
//
// When a peer's release leaves its range, Changesets releases what needs it as major, which below 1.0.0 means 1.0.0. So for
// it our own peers (core, of all packages) stand among the dependencies. All ranges are `workspace:^`, so that the version is all that changes in a manifest.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { execTool } from "../checks/lib/exec.mjs";

/**
 * A manifest in which packages of ours are dependencies where they were peers.
 * @param {string} text
 */
function withoutPeers(text) {
  const { peerDependencies = {}, dependencies, ...rest } = JSON.parse(text);
  const isOurs = (/** @type {[string, string]} */ [name]) => name.startsWith("@throughtime/");
  const peers = Object.entries(peerDependencies);
  if (!peers.some(isOurs)) return text;
  const manifest = {
    ...rest,
    dependencies: { ...dependencies, ...Object.fromEntries(peers.filter(isOurs)) },
    peerDependencies: Object.fromEntries(peers.filter((peer) => !isOurs(peer))),
  };
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
  files.forEach((file, i) => writeFileSync(file, withoutPeers(/** @type {string} */ (before[i]))));
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
