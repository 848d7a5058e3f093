import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { environment, pnpmCommand, root } from "../../bootstrap/pnpm.mjs";

/** @typedef {{ status: number, output: string, timedOut: boolean }} Finished */

/** Programs colour what they print only when it goes to a terminal. */
const plain = process.stdout.isTTY ? {} : { NO_COLOR: "1" };

/**
 * Runs a program and waits for it.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string | URL, timeoutMs?: number, show?: boolean, shell?: boolean, env?: Record<string, string> }} [options]
 *   `show` prints the output as it comes; otherwise it is only returned.
 * @returns {Promise<Finished>} the output is stdout and stderr together, in the order they came
 */
export function exec(command, args, { cwd = root, timeoutMs = 600_000, show = false, shell = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      shell,
      env: { ...environment, ...plain, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        output += text;
        if (show) process.stdout.write(text);
      });
    }
    child.on("error", reject);
    child.on("close", (status) => {
      clearTimeout(timer);
      resolve({ status: status ?? 1, output, timedOut });
    });
  });
}

/**
 * Runs a Node program: a script's path, then its arguments.
 * @param {readonly string[]} args
 * @param {Parameters<typeof exec>[2]} [options]
 */
export const execNode = (args, options) => exec(process.execPath, args, options);

/**
 * Runs a program that a root dependency brings, by its path under node_modules.
 * @param {string} script such as `typescript/bin/tsc`
 * @param {readonly string[]} args
 * @param {Parameters<typeof exec>[2]} [options]
 */
export const execTool = (script, args, options) =>
  execNode([fileURLToPath(new URL(`node_modules/${script}`, root)), ...args], options);

/**
 * Runs the pinned pnpm.
 * @param {readonly string[]} args
 * @param {Parameters<typeof exec>[2]} [options]
 */
export function execPnpm(args, options) {
  const line = pnpmCommand(args);
  return exec(line.command, line.args, { ...options, shell: process.platform === "win32" });
}
