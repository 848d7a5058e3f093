// npm test [-- --only <names> | --without <names>]: everything this repository is held to, on a machine with only Node
// and npm. Names are comma-separated stages, those of CONTRIBUTING.md.
// The last line is `N passed, M failed, K skipped`: vitest's tests, and one for the build and for each check.

import { parseArgs } from "node:util";
import { bootstrap } from "../bootstrap/bootstrap.mjs";
import { add, none, summary } from "./tally.mjs";

/** @returns {Promise<import("./tally.mjs").Tally>} */
async function main() {
  const { values } = parseArgs({ options: { only: { type: "string" }, without: { type: "string" } } });
  const started = performance.now();
  if (!bootstrap()) return { ...none, failed: 1 };
  const { build, names, report, runChecks, vitest } = await import("./stages.mjs");
  report("bootstrap", "ok", started);

  const only = values.only?.split(",");
  const without = values.without?.split(",") ?? [];
  const unknown = [...(only ?? []), ...without].filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`No stage is called ${unknown.join(", ")}. There are: ${names.join(", ")}.`);
  const chosen = (/** @type {string} */ name) => (only?.includes(name) ?? true) && !without.includes(name);

  let tally = none;
  const built = without.includes("build") || (await build());
  tally = add(tally, built ? { ...none, passed: 1 } : { ...none, failed: 1 });
  tally = add(tally, await runChecks(chosen, built));
  if (chosen("vitest")) tally = add(tally, await vitest());
  report("all", tally.failed === 0 ? "ok" : "FAILED", started);
  return tally;
}

const tally = await main().catch((error) => {
  console.error(error);
  return { ...none, failed: 1 };
});
process.exitCode = tally.failed === 0 ? 0 : 1;
console.log(summary(tally));
