// A ceiling, in gzipped bytes, on what each package adds to a bundle: sizes.json. Growth is welcome when it is meant:
// `node tooling/checks/sizes.mjs --write` sets every ceiling to today's size and 15 % of headroom;
// `node tooling/checks/sizes.mjs core cells` says how large a bundle with all of these is.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isEmpty, members, rootPath } from "./lib/workspace.mjs";
import { bundledBytes, bundledPage, bundledTogether } from "./measure.mjs";

const ceilingsFile = new URL("sizes.json", import.meta.url);
const headroom = 1.15;

/** @returns {Promise<Record<string, number>>} bytes by package folder; packages nobody has written yet are left out */
async function measured() {
  const written = members("packages").filter((member) => !isEmpty(member) && !member.manifest.private);
  const entries = written.map(async ({ folder, path }) => /** @type {const} */ ([folder, await bundledBytes(path)]));
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * The ceiling for a size: headroom above it, rounded up to a hundred bytes.
 * @param {number} bytes
 */
export const ceilingFor = (bytes) => Math.ceil((bytes * headroom) / 100) * 100;

/**
 * What is over its ceiling, has none, or has one and is no longer there.
 * @param {Readonly<Record<string, number>>} sizes
 * @param {Readonly<Record<string, number>>} ceilings
 * @returns {string[]}
 */
export function compare(sizes, ceilings) {
  const fix = "If that is meant: node tooling/checks/sizes.mjs --write";
  const grown = Object.entries(sizes).flatMap(([folder, bytes]) => {
    const ceiling = ceilings[folder];
    if (ceiling === undefined) return [`packages/${folder}: ${bytes} bytes and no ceiling. ${fix}`];
    return bytes > ceiling ? [`packages/${folder}: ${bytes} bytes, ${bytes - ceiling} over its ceiling. ${fix}`] : [];
  });
  const gone = Object.keys(ceilings).filter((folder) => !(folder in sizes));
  return [...grown, ...gone.map((folder) => `sizes.json names ${folder}, which is not there. ${fix}`)];
}

/**
 * What a page needs beside its model: the loader of a task by its package, and `cpu()`. These are promises, which `--write` leaves.
 * @type {Readonly<Record<string, { readonly loader: string, readonly most: number }>>}
 */
export const PAGES = {
  "language-model": { loader: "loadLanguageModel", most: 89_000 },
  seq2seq: { loader: "loadTranslator", most: 89_000 },
  captioning: { loader: "loadCaptioner", most: 96_000 },
};

/** @returns {Promise<Record<string, number>>} bytes of each page */
async function measuredPages() {
  const path = (/** @type {string} */ folder) => `${rootPath}packages/${folder}`;
  const entries = Object.entries(PAGES).map(async ([folder, { loader }]) => {
    const bytes = await bundledPage({ [path(folder)]: loader, [path("backend-cpu")]: "cpu" });
    return /** @type {const} */ ([folder, bytes]);
  });
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * Pages that are larger than was promised.
 * @param {Readonly<Record<string, number>>} sizes
 * @returns {string[]}
 */
export const largePages = (sizes, pages = PAGES) =>
  Object.entries(pages).flatMap(([folder, { loader, most }]) => {
    const bytes = sizes[folder] ?? Infinity;
    const over = `${bytes} bytes, ${bytes - most} more than the ${most} that were promised`;
    return bytes > most ? [`a page with ${loader} and cpu(): ${over}`] : [];
  });

/** @type {import("./lib/check.mjs").Check} */
export const sizes = {
  name: "sizes",
  what: "bundles stay below their ceilings",
  needsBuild: true,
  run: async () => [
    ...compare(await measured(), JSON.parse(readFileSync(ceilingsFile, "utf8"))),
    ...largePages(await measuredPages()),
  ],
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  if (args.includes("--write")) {
    const ceilings = Object.entries(await measured()).map(([folder, bytes]) => [folder, ceilingFor(bytes)]);
    writeFileSync(ceilingsFile, `${JSON.stringify(Object.fromEntries(ceilings), null, 2)}\n`);
  } else if (args.length > 0) {
    const bytes = await bundledTogether(args.map((folder) => `${rootPath}packages/${folder}`));
    process.stdout.write(`${args.join(" + ")}: ${(bytes / 1000).toFixed(1)} KB minified and gzipped\n`);
  }
}
