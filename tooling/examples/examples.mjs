// Every TypeScript example in the READMEs and docs is type-checked against the built packages, and run, each in a
// process of its own. The packages are found as a user finds them: in node_modules, by this folder's package.json.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { execNode, execTool } from "../checks/lib/exec.mjs";
import { mapPool } from "../checks/lib/pool.mjs";
import { members, rootPath } from "../checks/lib/workspace.mjs";
import { blocksOf, fileNameOf, moduleOf, nameThePage } from "./blocks.mjs";

/** @typedef {import("./blocks.mjs").Block} Block */

const here = fileURLToPath(new URL(".", import.meta.url));
const timeLimitMs = 60_000;
const width = 2;

/** @returns {string[]} the pages that may hold examples, as paths in the repository */
function pages() {
  const docs = existsSync(`${rootPath}docs`)
    ? readdirSync(`${rootPath}docs`).filter((name) => name.endsWith(".md"))
    : [];
  const readmes = [...members("packages"), ...members("apps")].map(
    ({ group, folder }) => `${group}/${folder}/README.md`,
  );
  return ["README.md", ...readmes, ...docs.sort().map((name) => `docs/${name}`)].filter((page) =>
    existsSync(`${rootPath}${page}`),
  );
}

/** How the examples are compiled: strictly, as a careful user's project would be. */
const tsconfig = {
  extends: "../../../tsconfig/base.json",
  compilerOptions: {
    rootDir: ".",
    outDir: "js",
    composite: false,
    incremental: false,
    declaration: false,
    declarationMap: false,
    noEmitOnError: false,
  },
  include: ["*.ts"],
};

/**
 * Type-checks all blocks together and writes their JavaScript.
 * @param {string} folder
 * @returns {Promise<string[]>} a line for every error
 */
async function compile(folder) {
  const { status, output } = await execTool("typescript/bin/tsc", ["-p", folder, "--pretty", "false"], { cwd: folder });
  if (status === 0) return [];
  const errors = output.split("\n").filter((line) => line.trim() !== "");
  // A continuation line of an error begins with spaces; keep it with its error.
  return errors.reduce((/** @type {string[]} */ joined, line) => {
    if (joined.length > 0 && line.startsWith(" ")) joined[joined.length - 1] += `\n${line}`;
    else joined.push(line);
    return joined;
  }, []);
}

/**
 * Runs one compiled block in a process and an empty folder of its own.
 * @param {string} folder
 * @param {Block} block
 * @returns {Promise<string[]>}
 */
async function runBlock(folder, block) {
  const name = fileNameOf(block);
  const cwd = `${folder}/run/${name}`;
  mkdirSync(cwd, { recursive: true });
  const script = `${folder}/js/${name}.js`;
  const { status, output, timedOut } = await execNode(["--enable-source-maps", script], {
    cwd,
    timeoutMs: timeLimitMs,
  });
  if (status === 0) return [];
  const why = timedOut ? `did not end within ${timeLimitMs / 1000} s` : `ended with status ${status}`;
  return [`${block.page}:${block.line}: the example ${why}\n${nameThePage(output).trimEnd()}`];
}

/** @returns {Promise<string[]>} */
async function run() {
  const read = pages().map((page) => blocksOf(page, readFileSync(`${rootPath}${page}`, "utf8")));
  const blocks = read.flatMap((one) => one.blocks);
  const problems = read.flatMap((one) => one.problems);
  if (blocks.length === 0) return problems;

  mkdirSync(`${here}.generated`, { recursive: true });
  const folder = mkdtempSync(`${here}.generated/`);
  try {
    writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(tsconfig));
    for (const block of blocks) writeFileSync(`${folder}/${fileNameOf(block)}.ts`, moduleOf(block));
    const errors = await compile(folder);
    const hasError = (/** @type {Block} */ block) => errors.some((error) => error.includes(`${fileNameOf(block)}.ts`));
    const ready = blocks.filter((block) => block.runs && !hasError(block));
    const failures = await mapPool(ready, width, (block) => runBlock(folder, block));
    return [...problems, ...errors.map(nameThePage), ...failures.flat()];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @type {import("../checks/lib/check.mjs").Check} */
export const examples = {
  name: "examples",
  what: "every example in the READMEs and docs compiles and runs",
  needsBuild: true,
  run,
};
