// What npm shows of a package beside its README, and how a reader comes from there to the code, the documentation and the place for
// faults: every published package.json says it, and says what the root's does.

import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { published } from "./lib/pack.mjs";
import { rootPath } from "./lib/workspace.mjs";

/**
 * @typedef {object} About the entries of a package.json that are about the package
 * @property {string} [description]
 * @property {readonly string[]} [keywords]
 * @property {readonly string[]} [files]
 * @property {string} [license]
 * @property {string} [homepage]
 * @property {string} [bugs]
 * @property {{ type: string, url: string, directory?: string }} [repository]
 */

/**
 * What is wrong with what a package.json says about its package, a line each.
 * @param {string} path the package's folder in the repository
 * @param {About} manifest
 * @param {About} root the repository's own package.json
 * @returns {string[]}
 */
export function manifestFaults(path, manifest, root) {
  const base = root.homepage?.replace(/#.*/, "");
  const expected = {
    license: root.license,
    homepage: `${base}/tree/main/${path}#readme`,
    bugs: root.bugs,
    repository: { ...root.repository, directory: path },
  };
  const file = `${path}/package.json`;
  return [
    ...Object.entries(expected)
      .filter(([name, value]) => !isDeepStrictEqual(manifest[/** @type {keyof About} */ (name)], value))
      .map(([name, value]) => `${file}: ${name} shall be ${JSON.stringify(value)}`),
    ...(manifest.description ? [] : [`${file}: say in description what the package is`]),
    ...(manifest.files?.includes("CHANGELOG.md")
      ? []
      : [`${file}: files shall name CHANGELOG.md, which npm does not pack by itself`]),
    ...((manifest.keywords?.length ?? 0) >= 3 ? [] : [`${file}: name three or more keywords`]),
  ];
}

/** @type {import("./lib/check.mjs").Check} */
export const manifests = {
  name: "manifests",
  what: "package.json says where the code, the documentation and the place for faults are",
  async run() {
    const root = JSON.parse(readFileSync(`${rootPath}package.json`, "utf8"));
    return published().flatMap(({ group, folder, manifest }) =>
      manifestFaults(`${group}/${folder}`, /** @type {About} */ (manifest), root),
    );
  },
};
