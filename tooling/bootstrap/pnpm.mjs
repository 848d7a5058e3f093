import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The repository's root folder, with a trailing slash. */
export const root = new URL("../../", import.meta.url);

/**
 * The pnpm that package.json pins, such as `pnpm@12.21.0`.
 * @returns {string}
 */
export function pinnedPnpm() {
  const { packageManager } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
  return packageManager;
}

/**
 * The command line that runs the pinned pnpm on a machine with only Node and npm.
 * @param {readonly string[]} args
 * @returns {{ command: string, args: string[] }}
 */
export function pnpmCommand(args) {
  return { command: process.platform === "win32" ? "npx.cmd" : "npx", args: ["--yes", pinnedPnpm(), ...args] };
}

/** The environment for the tools that pnpm runs: turbo reports to nobody. */
export const environment = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };

/**
 * Runs the pinned pnpm in the repository's root and shows what it prints.
 * @param {readonly string[]} args
 * @returns {number} its exit status
 */
export function pnpm(args) {
  const line = pnpmCommand(args);
  const { status, error } = spawnSync(line.command, line.args, {
    cwd: root,
    env: environment,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (error) throw error;
  return status ?? 1;
}
