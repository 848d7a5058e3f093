// What a reader of the READMEs does, in an empty folder: install with npm what the page says, and run its first example. Packages
// come from tarballs of this workspace, so that it needs no network. The root README's is built for a page too, by Vite and by esbuild.
//
// `node tooling/checks/installed.mjs` does it for every package's README and for the package of docs/adding-a-task.md, with other packages
// from npm's registry.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, transform } from "esbuild";
import { exec, execNode } from "./lib/exec.mjs";
import { taskGuide, writeTaskGuide } from "./lib/guide.mjs";
import { npmRegistry, withInstalled, withRegistry } from "./lib/installation.mjs";
import { published } from "./lib/pack.mjs";
import { openingFaults, openingOf } from "./lib/readme.mjs";
import { filesUnder, members, rootPath } from "./lib/workspace.mjs";

const read = (/** @type {string} */ page) => readFileSync(`${rootPath}${page}`, "utf8");

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
 * What an installation brings that is not JavaScript or WebAssembly: native code, and scripts that npm would run.
 * @param {string} folder
 * @returns {string[]}
 */
function nativeParts(folder) {
  const home = join(folder, "node_modules");
  return filesUnder(home).flatMap((file) => {
    if (/(\.node|\.gyp|\.so|\.dll|\.dylib)$/.test(file)) return [`installs native code, ${file}`];
    if (!/(^|\/)package\.json$/.test(file)) return [];
    const { scripts } = JSON.parse(readFileSync(join(home, file), "utf8"));
    const script = ["preinstall", "install", "postinstall"].find((name) => scripts?.[name]);
    return script ? [`installs a package with a script, ${file}: ${script}`] : [];
  });
}

/**
 * The root README's first example is JavaScript, brings no native code, and learns its text by heart.
 * @param {string} folder
 * @param {string} code
 * @returns {Promise<string[]>}
 */
async function runsAsItStands(folder, code) {
  writeFileSync(join(folder, "row.mjs"), code);
  const { status, output } = await execNode(["row.mjs"], { cwd: folder, timeoutMs: 120_000 });
  return [
    ...nativeParts(folder),
    ...(status === 0 && /^step 150: loss 0\.0\d+$/m.test(output) && output.includes("Row, row, row your boat")
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
 * Runs the commands of the guide to tasks, with its package beside those of ours.
 * @param {string} folder
 * @returns {Promise<string[]>}
 */
async function trainsAndClassifies(folder) {
  await writeTaskGuide(folder);
  const env = { PATH: `${join(folder, "node_modules", ".bin")}${delimiter}${process.env.PATH}` };
  const script = taskGuide().commands.join(" && ");
  const { status, output } = await exec(script, [], { cwd: folder, shell: true, env, timeoutMs: 120_000 });
  if (status === 0 && /^de\t0\.\d+\tder Hund schläft$/m.test(output)) return [];
  return [`its commands ended with status ${status}\n${output.trimEnd()}`];
}

/** The optional peers of all packages. */
const optionalPeers = () =>
  members("packages").flatMap(({ manifest }) => Object.keys(manifest.peerDependenciesMeta ?? {}));

const readmes = () => ["README.md", ...members("packages").map(({ folder }) => `packages/${folder}/README.md`)];

/** @returns {Promise<string[]>} */
async function run() {
  const peers = optionalPeers();
  const faults = readmes().flatMap((page) => openingFaults(page, read(page), peers));
  const opening = openingOf(read("README.md"));
  if (opening === undefined) return faults;
  const found = await withRegistry(opening.imports, undefined, (registry) =>
    withInstalled(registry, opening.install, async (folder) => [
      ...(await runsAsItStands(folder, opening.code)),
      ...(await builds(folder, opening.code)),
    ]),
  );
  return [...faults, ...found.map((text) => `README.md: ${text}`)];
}

/** @type {import("./lib/check.mjs").Check} */
export const installed = {
  name: "installed",
  what: "the first example of README.md, installed by npm, runs, and builds for a page",
  needsBuild: true,
  run,
};

/** Every README's first example and the guide to tasks, with packages of others from npm's registry. */
async function all() {
  const names = published().map(({ manifest }) => manifest.name);
  return withRegistry(names, await npmRegistry(), async (registry) => {
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
    const { page, manifest } = taskGuide();
    const needed = ["@throughtime/cli", ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })];
    const found = await withInstalled(registry, needed, trainsAndClassifies);
    console.log(`${found.length === 0 ? "ok    " : "FAILED"}  ${page}`);
    failures.push(...found.map((text) => `${page}: ${text}`));
    return failures;
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const failures = await all();
  for (const failure of failures) console.error(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
}
