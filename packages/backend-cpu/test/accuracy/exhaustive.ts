/**
 * Every one of the 2³² inputs of exp, log, sigmoid and tanh: some three minutes each. erf, whose exact value is a series,
 * would take hours, so it comes only when it is named.
 *
 *     npx esbuild packages/backend-cpu/test/accuracy/exhaustive.ts --bundle --platform=node --format=esm | node --input-type=module -
 *
 * Arguments: every so-manieth input only (1), and which functions.
 */
import { cpu } from "../../src/index.js";
import { APPROXIMATED, type Approximated, worstOf } from "./ulps.js";

const [stride = "1", ...names] = process.argv.slice(2);
const all = Object.keys(APPROXIMATED) as Approximated[];
const backend = await cpu();
process.stdout.write(`${backend.device}\n`);
for (const name of all.filter((each) => (names.length > 0 ? names.includes(each) : each !== "erf"))) {
  const { ulps, at, received } = await worstOf(backend, name, Number(stride));
  process.stdout.write(`${name.padEnd(8)} ${ulps.toFixed(3)} ulp at ${at} (${received})\n`);
}
