import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { root } from "../../bootstrap/pnpm.mjs";

/**
 * @typedef {object} Manifest the parts of a package.json that the checks read
 * @property {string} name
 * @property {boolean} [private]
 * @property {Record<string, unknown>} [exports]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 * @property {Record<string, string>} [optionalDependencies]
 */

/** @typedef {{ group: string, folder: string, path: string, manifest: Manifest }} Member */

/** The repository's root folder as a path. */
export const rootPath = fileURLToPath(root);

/**
 * The workspace's members in one group, by folder name.
 * @param {"packages" | "apps"} group
 * @returns {Member[]}
 */
export function members(group) {
  const groupPath = `${rootPath}${group}`;
  if (!existsSync(groupPath)) return [];
  return readdirSync(groupPath)
    .sort()
    .map((folder) => ({ group, folder, path: `${groupPath}/${folder}` }))
    .filter(({ path }) => existsSync(`${path}/package.json`))
    .map((member) => ({ ...member, manifest: JSON.parse(readFileSync(`${member.path}/package.json`, "utf8")) }));
}

/**
 * The files under a folder, in name order, as paths relative to it; empty when there is no such folder.
 * @param {string} folder
 * @returns {string[]}
 */
export function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesUnder(`${folder}/${entry.name}`).map((file) => `${entry.name}/${file}`) : [entry.name],
    );
}

/**
 * Whether nobody has written this package yet: its index exports nothing.
 * @param {Member} member
 * @returns {boolean}
 */
export function isEmpty(member) {
  const index = `${member.path}/src/index.ts`;
  return !existsSync(index) || readFileSync(index, "utf8").trim() === "export {};";
}
