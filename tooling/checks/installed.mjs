// What a reader of the READMEs does, in an empty folder: install with npm what the page says, and run its first example. Packages
// come from tarballs of this workspace, so that it needs no network. The page of the root README is built too, by Vite and by esbuild.
//
// `node tooling/checks/installed.mjs` does it for every package's README, with other packages from npm's registry.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, transform } from "esbuild";
import { blocksOf } from "../examples/blocks.mjs";
import { exec, execNode } from "./lib/exec.mjs";
import { closure, pack, packInstalled, published } from "./lib/pack.mjs";
import { openingFaults, openingOf, packagesOf } from "./lib/readme.mjs";
import { openRegistry } from "./lib/registry.mjs";
import { members, rootPath } from "./lib/workspace.mjs";

const shell = process.platform === "win32";
const read = (/** @type {string} */ page) => readFileSync(`${rootPath}${page}`, "utf8");

/** The first example of the root README's part on browsers. */
function pageExample() {
  const { blocks } = blocksOf("README.md", read("README.md"));
  const code = blocks.find(({ runs }) => !runs)?.code;
  if (code === undefined) throw new Error("README.md: no ts no-run block, the page");
  return code;
}

/**
 * Calls `body` with an empty folder in which npm installed something, and removes it.
 * @param {string} registry
 * @param {readonly string[]} names
 * @param {(folder: string) => Promise<string[]>} body
 * @returns {Promise<string[]>}
 */
async function withInstalled(registry, names, body) {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-installed-"));
  try {
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    const quiet = ["--no-audit", "--no-fund", "--no-update-notifier"];
    const args = ["install", ...names, ...quiet, "--registry", registry, "--cache", join(folder, ".npm")];
    const { status, output } = await exec("npm", args, { cwd: folder, shell });
    return status === 0 ? await body(folder) : [`npm install ${names.join(" ")}\n${output.trimEnd()}`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs an example as it stands where it is JavaScript, else without its types.
 * @param {string} folder
 * @param {string} code
 * @returns {Promise<string[]>}
 */
async function runs(folder, code) {
  const { code: script } = await transform(code, { loader: "ts" });
  writeFileSync(join(folder, "example.mjs"), script);
  const { status, output } = await execNode(["example.mjs"], { cwd: folder, timeoutMs: 120_000 });
  return status === 0 ? [] : [`the first example ended with status ${status}\n${output.trimEnd()}`];
}

/**
 * The root README's first example is JavaScript, and brings nothing but our packages.
 * @param {string} folder
 * @param {string} code
 * @returns {Promise<string[]>}
 */
async function runsAsItStands(folder, code) {
  const others = readdirSync(join(folder, "node_modules")).filter((name) => !/^(\.|@throughtime$)/.test(name));
  writeFileSync(join(folder, "waves.mjs"), code);
  const { status, output } = await execNode(["waves.mjs"], { cwd: folder, timeoutMs: 120_000 });
  return [
    ...others.map((name) => `installs ${name}`),
    ...(status === 0 && /^step 150: loss 0\.0\d+$/m.test(output)
      ? []
      : [`the first example ended with status ${status}, and did not learn:\n${output.trimEnd()}`]),
  ];
}

/**
 * Builds a page by Vite, without configuration, and by esbuild.
 * @param {string} folder
 * @param {string} code
 * @returns {Promise<string[]>}
 */
async function builds(folder, code) {
  writeFileSync(join(folder, "index.html"), '<!doctype html><script type="module" src="/main.js"></script>\n');
  writeFileSync(join(folder, "main.js"), code);
  const vite = createRequire(new URL("../browser/package.json", import.meta.url)).resolve("vite/package.json");
  const builders = {
    async Vite() {
      const { build: viteBuild } = await import(String(new URL("dist/node/index.js", pathToFileURL(vite))));
      await viteBuild({ root: folder, configFile: false, logLevel: "silent" });
    },
    esbuild: () =>
      build({
        ...{ absWorkingDir: folder, entryPoints: ["main.js"], outfile: "out/main.js" },
        ...{ bundle: true, format: /** @type {const} */ ("esm"), logLevel: /** @type {const} */ ("silent") },
      }),
  };
  /** @type {string[]} */
  const failures = [];
  for (const [name, run] of Object.entries(builders)) {
    await run().catch((/** @type {Error} */ error) =>
      failures.push(`${name} does not build the page: ${error.message}`),
    );
  }
  return failures;
}

/**
 * @param {readonly string[]} names packages to pack, with all that they depend on
 * @param {string | undefined} upstream
 * @param {(registry: string) => Promise<string[]>} body
 * @returns {Promise<string[]>}
 */
async function withRegistry(names, upstream, body) {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-registry-"));
  try {
    const { ours, others } = closure(names);
    const faults = [await pack(ours, folder)];
    if (!upstream) for (const each of others) faults.push(await packInstalled(each, folder));
    const failed = faults.filter((fault) => fault !== undefined);
    if (failed.length > 0) return failed;
    const registry = await openRegistry(folder, upstream);
    try {
      return await body(registry.url);
    } finally {
      registry.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const readmes = () => ["README.md", ...members("packages").map(({ folder }) => `packages/${folder}/README.md`)];

/** @returns {Promise<string[]>} */
async function run() {
  const faults = readmes().flatMap((page) => openingFaults(page, read(page)));
  const opening = openingOf(read("README.md"));
  if (opening === undefined) return faults;
  const page = pageExample();
  const found = await withRegistry([...opening.imports, ...packagesOf(page)], undefined, async (registry) => [
    ...(await withInstalled(registry, opening.install, (folder) => runsAsItStands(folder, opening.code))),
    ...(await withInstalled(registry, packagesOf(page), (folder) => builds(folder, page))),
  ]);
  return [...faults, ...found.map((text) => `README.md: ${text}`)];
}

/** @type {import("./lib/check.mjs").Check} */
export const installed = {
  name: "installed",
  what: "the first example of README.md, installed by npm, runs, and its page builds",
  needsBuild: true,
  run,
};

/** Every README's first example, with packages of others from npm's registry. */
async function all() {
  const { output } = await exec("npm", ["config", "get", "registry"], { shell });
  const names = published().map(({ manifest }) => manifest.name);
  return withRegistry(names, output.trim(), async (registry) => {
    /** @type {string[]} */
    const failures = [];
    for (const page of readmes()) {
      const opening = openingOf(read(page));
      const found = opening
        ? await withInstalled(registry, opening.install, (folder) => runs(folder, opening.code))
        : ["it does not open with npm install and an example"];
      console.log(`${found.length === 0 ? "ok    " : "FAILED"}  ${page}`);
      failures.push(...found.map((text) => `${page}: ${text}`));
    }
    return failures;
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const failures = await all();
  for (const failure of failures) console.error(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
}
