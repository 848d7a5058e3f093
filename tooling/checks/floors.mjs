// The floors rule: a package imports only from floors below its own, packages of one floor do not import each other,
// and nothing but apps and tests imports a backend or the testkit. Read from src imports and from package.json alike.
// What runs in browsers too imports none of Node's modules.

import { readFileSync } from "node:fs";
import { importsOf, packageOf } from "./lib/imports.mjs";
import { filesUnder, members } from "./lib/workspace.mjs";

const scope = "@throughtime/";

/**
 * Every package's place in the house. A new package names its floor here.
 * @type {Readonly<Record<string, number>>}
 */
export const FLOORS = {
  core: 1,
  nn: 2,
  onnx: 2,
  interop: 2,
  cells: 3,
  attention: 3,
  text: 3,
  vision: 3,
  train: 4,
  decode: 4,
  diagnostics: 4,
  metrics: 4,
  report: 4,
  "image-data": 4,
  task: 5,
  "language-model": 6,
  sequence: 6,
  seq2seq: 6,
  captioning: 6,
  vqa: 6,
};

/**
 * The packages beside the floors, with all that each may import. No package imports them. testkit tests cells as their users run
 * them: by `unroll` and `drawNoise`, and exported by `toOnnx`.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const BESIDE = {
  "backend-reference": ["core", "onnx"],
  "backend-cpu": ["core", "onnx"],
  "backend-ort": ["core", "onnx"],
  testkit: ["core", "cells", "onnx"],
};

/**
 * The packages that run wherever JavaScript does, and so import none of Node's modules.
 * @type {readonly string[]}
 */
export const PORTABLE = [
  "core",
  "nn",
  "onnx",
  "interop",
  "cells",
  "attention",
  "text",
  "decode",
  "metrics",
  "report",
  "image-data",
  "task",
  "language-model",
  "seq2seq",
  "captioning",
  "backend-reference",
  "backend-cpu",
];

/**
 * Why one package may not import another, or undefined when it may.
 * @param {string} from folder of the importing package
 * @param {string} to folder of the imported package
 * @returns {string | undefined}
 */
export function whyNot(from, to) {
  if (from === to) return `${from} imports itself by name; use a relative path`;
  if (to in BESIDE) return `${to} is beside the floors; only apps and tests import it`;
  const toFloor = FLOORS[to];
  if (toFloor === undefined) return `${to} has no floor`;
  const allowed = BESIDE[from];
  if (allowed) return allowed.includes(to) ? undefined : `${from} may import only ${allowed.join(", ")}`;
  const fromFloor = FLOORS[from];
  if (fromFloor === undefined) return `${from} has no floor; name one in tooling/checks/floors.mjs`;
  if (toFloor < fromFloor) return undefined;
  return `${from} is on floor ${fromFloor} and ${to} on floor ${toFloor}; imports go only to floors below`;
}

/**
 * @typedef {object} PackageSource what the rule reads of one package
 * @property {string} folder its folder name under packages/
 * @property {readonly string[]} dependencies names from every dependency table of package.json but devDependencies
 * @property {readonly string[]} devDependencies
 * @property {readonly string[]} references folder names of tsconfig.json's project references
 * @property {Readonly<Record<string, string>>} files path under src/ → text
 */

/**
 * Every breach of the floors rule in one package, a line each.
 * @param {PackageSource} source
 * @returns {string[]}
 */
export function violations({ folder, dependencies, devDependencies, references, files }) {
  const home = `packages/${folder}`;
  /** @type {string[]} */
  const found = [];
  const inHouse = dependencies.filter((name) => name.startsWith(scope)).map((name) => name.slice(scope.length));

  if (!(folder in FLOORS) && !(folder in BESIDE)) {
    found.push(`${home}: ${folder} has no floor; name one in tooling/checks/floors.mjs`);
  }
  for (const to of inHouse) {
    const reason = whyNot(folder, to);
    if (reason) found.push(`${home}/package.json: depends on ${scope}${to}: ${reason}`);
    if (!references.includes(to)) found.push(`${home}/tsconfig.json: add a reference to ../${to}, a dependency`);
  }
  for (const to of references.filter((name) => !inHouse.includes(name))) {
    found.push(`${home}/tsconfig.json: references ../${to}, which package.json does not depend on`);
  }
  for (const name of devDependencies.filter((dependency) => dependency.startsWith(scope))) {
    found.push(`${home}/package.json: devDependencies name ${name}; tests find workspace packages without it`);
  }
  for (const [path, text] of Object.entries(files)) {
    const depth = path.split("/").length - 1;
    for (const { specifier, line } of importsOf(text)) {
      const at = `${home}/src/${path}:${line}: imports ${specifier}`;
      const name = packageOf(specifier);
      if (name?.startsWith(scope)) {
        const reason = whyNot(folder, name.slice(scope.length));
        if (reason) found.push(`${at}: ${reason}`);
      }
      if (specifier.startsWith("node:") && PORTABLE.includes(folder))
        found.push(`${at}: ${folder} runs in browsers too`);
      if (name !== undefined && !dependencies.includes(name)) found.push(`${at}: package.json does not depend on it`);
      const climbs = specifier.split("/").filter((part) => part === "..").length;
      if (name === undefined && climbs > depth) found.push(`${at}: a relative path must stay inside src`);
    }
  }
  return found;
}

/**
 * Reads what the rule needs of one package.
 * @param {import("./lib/workspace.mjs").Member} member
 * @returns {PackageSource}
 */
function read({ folder, path, manifest }) {
  const tsconfig = JSON.parse(readFileSync(`${path}/tsconfig.json`, "utf8"));
  const tables = [manifest.dependencies, manifest.peerDependencies, manifest.optionalDependencies];
  const sources = filesUnder(`${path}/src`).filter((file) => file.endsWith(".ts"));
  return {
    folder,
    dependencies: tables.flatMap((table) => Object.keys(table ?? {})),
    devDependencies: Object.keys(manifest.devDependencies ?? {}),
    references: (tsconfig.references ?? []).map((/** @type {{ path: string }} */ one) => one.path.split("/").pop()),
    files: Object.fromEntries(sources.map((file) => [file, readFileSync(`${path}/src/${file}`, "utf8")])),
  };
}

/** @type {import("./lib/check.mjs").Check} */
export const floors = {
  name: "floors",
  what: "packages import only from floors below their own",
  run: async () => members("packages").flatMap((member) => violations(read(member))),
};
