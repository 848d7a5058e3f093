// One name, one meaning: what a package exports, no other package exports under the same name, so that programs may
// import from several without renaming, and an editor's import suggestion is never a choice between two.

import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { exportsOf } from "./lib/exports.mjs";
import { members } from "./lib/workspace.mjs";

/**
 * Names that two packages may share, with the reason. None does today.
 * @type {Readonly<Record<string, string>>}
 */
export const SHARED = {};

/**
 * The names that several packages export, a line each, and those of `shared` that no longer do.
 * @param {Readonly<Record<string, ReadonlySet<string>>>} exported by package
 * @param {Readonly<Record<string, string>>} shared
 * @returns {string[]}
 */
export function clashes(exported, shared) {
  /** @type {Map<string, string[]>} */
  const owners = new Map();
  for (const [folder, names] of Object.entries(exported)) {
    for (const name of names) owners.set(name, [...(owners.get(name) ?? []), folder]);
  }
  const several = [...owners].filter(([, folders]) => folders.length > 1);
  return [
    ...several
      .filter(([name]) => !(name in shared))
      .map(
        ([name, folders]) => `${name} is exported by ${folders.join(" and ")}; rename one, or import it from the other`,
      ),
    ...Object.keys(shared)
      .filter((name) => !several.some(([each]) => each === name))
      .map((name) => `tooling/checks/names.mjs: SHARED lists ${name}, which no two packages export`),
  ];
}

/**
 * What one package exports, from all its entries, types included.
 * @param {import("./lib/workspace.mjs").Member} member
 * @returns {Set<string>}
 */
function read({ path, manifest }) {
  const entries = Object.values(manifest.exports ?? {}).flatMap((target) => {
    const types = /** @type {{ types?: string }} */ (target).types;
    return types === undefined ? [] : [posix.join("src", posix.relative("dist", types)).replace(/\.d\.ts$/, ".ts")];
  });
  const text = (/** @type {string} */ file) => readFileSync(`${path}/${file}`, "utf8");
  return new Set(entries.flatMap((entry) => exportsOf(entry, text)));
}

/** @type {import("./lib/check.mjs").Check} */
export const names = {
  name: "names",
  what: "no name is exported by two packages",
  run: async () =>
    clashes(Object.fromEntries(members("packages").map((member) => [member.folder, read(member)])), SHARED),
};
