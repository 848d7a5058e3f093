// What a user does with the packages: npm installs them in an empty folder, from tarballs of this workspace.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "./exec.mjs";
import { closure, pack, packInstalled } from "./pack.mjs";
import { openRegistry } from "./registry.mjs";

const shell = process.platform === "win32";

/** The registry that npm is set to. */
export async function npmRegistry() {
  return (await exec("npm", ["config", "get", "registry"], { shell })).output.trim();
}

/**
 * Calls `body` with the address of a registry that has these packages of the workspace, and removes it.
 * @param {readonly string[]} names packages to pack, with all that they depend on
 * @param {string | undefined} upstream where other packages come from; without it, from what is installed here
 * @param {(registry: string) => Promise<string[]>} body
 * @returns {Promise<string[]>}
 */
export async function withRegistry(names, upstream, body) {
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

/**
 * Calls `body` with an empty folder in which npm installed something, and removes it.
 * @param {string} registry
 * @param {readonly string[]} names
 * @param {(folder: string) => Promise<string[]>} body
 * @returns {Promise<string[]>}
 */
export async function withInstalled(registry, names, body) {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-installed-"));
  try {
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    const quiet = ["--no-audit", "--no-fund", "--no-update-notifier"];
    const args = ["install", ...names, ...quiet, "--registry", registry, "--cache", join(folder, ".npm")];
    // ONNX Runtime's processor needs no script: what its script fetches is CUDA's libraries.
    const env = { ONNXRUNTIME_NODE_INSTALL: "skip" };
    const { status, output } = await exec("npm", args, { cwd: folder, shell, env });
    return status === 0 ? await body(folder) : [`npm install ${names.join(" ")}\n${output.trimEnd()}`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
