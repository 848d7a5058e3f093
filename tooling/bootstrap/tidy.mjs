import { existsSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { root } from "./pnpm.mjs";

const outputs = /\.(js|d\.ts)(\.map)?$/;

/**
 * The compiled files whose TypeScript source is no longer there, as paths under dist.
 * @param {readonly string[]} dist
 * @param {readonly string[]} src
 * @returns {string[]}
 */
export function orphans(dist, src) {
  const sources = new Set(src);
  return dist.filter((file) => outputs.test(file) && !sources.has(file.replace(outputs, ".ts")));
}

/**
 * @param {string} folder
 * @returns {string[]} the files under it, with forward slashes
 */
const filesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll("\\", "/"))
    : [];

/** Removes from every dist what its src no longer has: the compiler never does, and it would be packed and published. */
export function tidy() {
  for (const group of ["packages", "apps"]) {
    const folder = fileURLToPath(new URL(`${group}/`, root));
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const home = `${folder}${name}/`;
      for (const file of orphans(filesIn(`${home}dist`), filesIn(`${home}src`))) rmSync(`${home}dist/${file}`);
    }
  }
}
