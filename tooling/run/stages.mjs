// The stages of npm test. Loaded after the bootstrap, since the checks import what it installs.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tidy } from "../bootstrap/tidy.mjs";
import { checks } from "../checks/all.mjs";
import { execPnpm, execTool } from "../checks/lib/exec.mjs";
import { mapPool } from "../checks/lib/pool.mjs";
import { add, none, tallyVitest } from "./tally.mjs";

/** @typedef {import("./tally.mjs").Tally} Tally */

const width = 2;

/** What npm test consists of, by the names that `--only` and `--without` take. */
export const names = ["build", ...checks.map(({ name }) => name), "vitest"];

/**
 * Prints how a stage ended, with its time.
 * @param {string} name
 * @param {"ok" | "FAILED" | "skipped"} verdict
 * @param {number} since when it began, by performance.now()
 * @param {string} [note]
 */
export function report(name, verdict, since, note = "") {
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  console.log(`${name.padEnd(10)} ${verdict.padEnd(7)} ${seconds.padStart(6)} s  ${note}`.trimEnd());
}

/** @returns {Promise<boolean>} whether every package built */
export async function build() {
  const since = performance.now();
  tidy();
  const { status, output } = await execPnpm([
    "exec",
    "turbo",
    "run",
    "build",
    "--output-logs=errors-only",
    "--continue=dependencies-successful",
  ]);
  const note = /Cached:.*/.exec(output)?.[0].replace(/\s+/g, " ").toLowerCase() ?? "";
  report("build", status === 0 ? "ok" : "FAILED", since, note);
  if (status !== 0) console.log(output.trimEnd());
  return status === 0;
}

/**
 * @param {import("../checks/lib/check.mjs").Check} check
 * @param {boolean} built
 * @returns {Promise<Tally>}
 */
async function runCheck(check, built) {
  const since = performance.now();
  if (check.needsBuild && !built) {
    report(check.name, "skipped", since, "it needs the build");
    return { ...none, skipped: 1 };
  }
  /** @type {readonly string[]} */
  let failures;
  try {
    failures = await check.run();
  } catch (error) {
    failures = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
  report(check.name, failures.length === 0 ? "ok" : "FAILED", since, check.what);
  for (const failure of failures) console.log(failure.replace(/^/gm, "  "));
  return failures.length === 0 ? { ...none, passed: 1 } : { ...none, failed: 1 };
}

/**
 * Runs the chosen checks, two at a time.
 * @param {(name: string) => boolean} chosen
 * @param {boolean} built
 * @returns {Promise<Tally>}
 */
export async function runChecks(chosen, built) {
  const mine = checks.filter(({ name }) => chosen(name));
  return (await mapPool(mine, width, (check) => runCheck(check, built))).reduce(add, none);
}

/** @returns {Promise<Tally>} */
export async function vitest() {
  const since = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "throughtime-vitest-"));
  try {
    const file = join(folder, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const { status } = await execTool("vitest/vitest.mjs", ["run", ...reporters], { show: true, timeoutMs: 780_000 });
    const tally = tallyVitest(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined, status);
    report("vitest", tally.failed === 0 ? "ok" : "FAILED", since, "every test in packages, apps and tooling");
    return tally;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
