import { readFileSync } from "node:fs";
import { rootPath } from "./lib/workspace.mjs";

/**
 * The lines of a lockfile that name a host: where a tarball was fetched from belongs to a machine, not to the project.
 * @param {string} text
 * @returns {string[]}
 */
export function hostsIn(text) {
  return text
    .split("\n")
    .flatMap((line, index) =>
      /\bhttps?:|\btarball:/.test(line) ? [`pnpm-lock.yaml:${index + 1}: names a host: ${line.trim()}`] : [],
    );
}

/** @type {import("./lib/check.mjs").Check} */
export const lockfile = {
  name: "lockfile",
  what: "pnpm-lock.yaml names no host",
  run: async () => hostsIn(readFileSync(`${rootPath}pnpm-lock.yaml`, "utf8")),
};
