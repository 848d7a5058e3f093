import { blocksOf } from "../../examples/blocks.mjs";
import { importsOf, packageOf } from "./imports.mjs";

/**
 * @typedef {object} Opening how a README begins, for who wants to try it
 * @property {readonly string[]} install the arguments of its first `npm install`
 * @property {string} code its first example
 * @property {readonly string[]} imports the packages that the example imports
 */

/**
 * @param {string} markdown
 * @returns {Opening | undefined} undefined where it does not open with how to install, and then an example
 */
export function openingOf(markdown) {
  const install = /^```sh\n(npm install [^\n]+)\n```$/m.exec(markdown);
  const example = /^```ts$/m.exec(markdown);
  const [block] = blocksOf("README.md", markdown).blocks.filter(({ runs }) => runs);
  if (!install?.[1] || !example || !block || install.index > example.index) return undefined;
  return { install: install[1].split(" ").slice(2), code: block.code, imports: packagesOf(block.code) };
}

/**
 * The packages that a module imports, in order, without Node's own.
 * @param {string} code
 * @returns {string[]}
 */
const packagesOf = (code) =>
  [...new Set(importsOf(code).map(({ specifier }) => packageOf(specifier)))].flatMap((name) => name ?? []);

/**
 * What is wrong with how a README opens, a line each.
 * @param {string} page
 * @param {string} markdown
 * @param {readonly string[]} peers what packages load by themselves where it is installed, such as ONNX Runtime
 * @returns {string[]}
 */
export function openingFaults(page, markdown, peers) {
  const opening = openingOf(markdown);
  if (opening === undefined) return [`${page}: open with an sh block, npm install …, and then a ts block that runs`];
  const named = opening.install.filter((name) => !name.startsWith("-"));
  const { imports } = opening;
  return [
    ...imports
      .filter((name) => !named.includes(name))
      .map((name) => `${page}: the first example imports ${name}, which npm install does not name`),
    ...named
      .filter((name) => !imports.includes(name) && !peers.includes(name))
      .map((name) => `${page}: npm install names ${name}, which the first example does not import`),
  ];
}
