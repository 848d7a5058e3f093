// What npm would get: every public package is packed, and publint and attw (esm-only) read the tarball.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { filterProblems, problemKindInfo } from "@arethetypeswrong/core/problems";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { pack, published, tarballName } from "./lib/pack.mjs";
import { isEmpty } from "./lib/workspace.mjs";

/** Who can load an ESM-only package; attw's other resolutions (node10, CommonJS) are not served. */
const resolutions = /** @type {const} */ (["node16-esm", "bundler"]);

/**
 * @param {Buffer} tarball
 * @param {Record<string, unknown>} manifest
 * @returns {Promise<string[]>}
 */
async function publintSays(tarball, manifest) {
  const copy = new Uint8Array(tarball).buffer;
  const { messages } = await publint({ pack: { tarball: copy }, strict: true });
  return messages
    .filter(({ type }) => type !== "suggestion")
    .map((message) => `publint: ${formatMessage(message, manifest, { color: false })}`);
}

/**
 * @param {Buffer} tarball
 * @returns {Promise<string[]>}
 */
async function attwSays(tarball) {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  if (!analysis.types) return ["attw: the package has no types"];
  const problems = resolutions.flatMap((resolutionKind) => filterProblems(analysis, { resolutionKind }));
  return [...new Set(problems)].map((problem) => {
    const entrypoint = "entrypoint" in problem ? ` at ${problem.entrypoint}` : "";
    return `attw: ${problemKindInfo[problem.kind].title}${entrypoint}`;
  });
}

/**
 * What a reader of the package on npm needs besides its code.
 * @param {import("./lib/workspace.mjs").Member} member
 * @returns {string[]}
 */
function missingFiles(member) {
  const present = readdirSync(member.path);
  return isEmpty(member) || present.includes("README.md") ? [] : ["has no README.md"];
}

/** @returns {Promise<string[]>} */
async function run() {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-packed-"));
  try {
    const members = published();
    const failed = await pack(members, folder);
    if (failed !== undefined) return [failed];
    /** @type {string[]} */
    const failures = [];
    for (const member of members) {
      const tarball = readFileSync(join(folder, tarballName(member.manifest)));
      const isLibrary = member.manifest.exports?.["."] !== undefined;
      const found = [
        ...missingFiles(member),
        ...(await publintSays(tarball, /** @type {any} */ (member.manifest))),
        ...(isLibrary ? await attwSays(tarball) : []),
      ];
      failures.push(...found.map((text) => `${member.group}/${member.folder}: ${text}`));
    }
    return failures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @type {import("./lib/check.mjs").Check} */
export const packed = { name: "packed", what: "publint and attw on the packed packages", needsBuild: true, run };
