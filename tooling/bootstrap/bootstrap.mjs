// Installs the workspace from its lockfile, on a machine with nothing but Node and npm; plain Node, so that it can run
// before anything is installed. Does nothing when node_modules already is what the lockfile asks for.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pnpm, root } from "./pnpm.mjs";

const stampFile = new URL("node_modules/.throughtime-installed", root);

/**
 * Every file that decides what gets installed: the lockfile, the workspace file and each package.json.
 * @returns {URL[]}
 */
function manifests() {
  const folders = ["packages", "apps", "tooling"].flatMap((group) => {
    const groupFolder = new URL(`${group}/`, root);
    return existsSync(groupFolder)
      ? readdirSync(groupFolder)
          .sort()
          .map((name) => new URL(`${name}/package.json`, groupFolder))
      : [];
  });
  const own = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"].map((name) => new URL(name, root));
  return [...own, ...folders].filter((file) => existsSync(file));
}

/**
 * A digest of the manifests and of what else an installation depends on.
 * @returns {string}
 */
function wanted() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${process.versions.modules}\n`);
  for (const file of manifests())
    hash.update(`${file.pathname.slice(root.pathname.length)}\n`).update(readFileSync(file));
  return hash.digest("hex");
}

/**
 * Installs the workspace if it is not installed as the lockfile says.
 * @returns {boolean} whether it is now
 */
export function bootstrap() {
  const digest = wanted();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === digest) return true;
  if (pnpm(["install", "--frozen-lockfile"]) !== 0) return false;
  writeFileSync(stampFile, digest);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = bootstrap() ? 0 : 1;
