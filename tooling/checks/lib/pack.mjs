import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec, execPnpm } from "./exec.mjs";
import { members } from "./workspace.mjs";

/** @typedef {import("./workspace.mjs").Member} Member */

/** What npm publishes: every member that is not private. */
export const published = () =>
  [...members("packages"), ...members("apps")].filter(({ manifest }) => !(/** @type {any} */ (manifest).private));

/**
 * The tarball's file name for a package, as pnpm and npm write it.
 * @param {{ name: string, version?: string }} manifest
 */
export const tarballName = ({ name, version }) => `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;

/**
 * Packs members of the workspace into a folder, as npm would get them.
 * @param {readonly Member[]} chosen
 * @param {string} folder
 * @returns {Promise<string | undefined>} what went wrong
 */
export async function pack(chosen, folder) {
  const filters = chosen.map(({ manifest }) => `--filter=${manifest.name}`);
  const { status, output } = await execPnpm(["--recursive", ...filters, "pack", "--pack-destination", folder]);
  return status === 0 ? undefined : output.trimEnd();
}

/**
 * Packages of the workspace with all that they depend on: members, and the folders of what comes from elsewhere.
 * @param {readonly string[]} names
 * @returns {{ ours: Member[], others: string[] }}
 */
export function closure(names) {
  const byName = new Map(published().map((member) => [member.manifest.name, member]));
  /** @type {Map<string, Member>} */
  const ours = new Map();
  /** @type {Set<string>} */
  const others = new Set();
  const visit = (/** @type {string} */ name, /** @type {string} */ from) => {
    const member = byName.get(name);
    if (member === undefined) {
      const folder = join(from, "node_modules", name);
      if (existsSync(folder)) others.add(realpathSync(folder));
      return;
    }
    if (ours.has(name)) return;
    ours.set(name, member);
    const { dependencies, peerDependencies } = member.manifest;
    for (const each of Object.keys({ ...peerDependencies, ...dependencies })) visit(each, member.path);
  };
  for (const name of names) visit(name, "");
  return { ours: [...ours.values()], others: [...others] };
}

/**
 * Packs a package that is installed here, so that it can be installed elsewhere without a network.
 * @param {string} path
 * @param {string} folder
 * @returns {Promise<string | undefined>} what went wrong
 */
export async function packInstalled(path, folder) {
  // Inside of node_modules, npm 11 ends without packing.
  const copy = mkdtempSync(join(tmpdir(), "throughtime-copy-"));
  try {
    cpSync(path, copy, { recursive: true, dereference: true });
    const args = ["pack", "--pack-destination", folder, "--ignore-scripts", "--silent"];
    const { status, output } = await exec("npm", args, { cwd: copy, shell: process.platform === "win32" });
    return status === 0 ? undefined : `npm pack ${path}: ${output.trimEnd()}`;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
