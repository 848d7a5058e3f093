/**
 * Every one of the 2³² inputs of erf, exp, log, sigmoid and tanh. About ten minutes, and more for erf, whose exact value is a series:
 *
 *     npx esbuild packages/backend-cpu/test/accuracy/exhaustive.ts --bundle --platform=node --format=esm | node --input-type=module -
 *
 * An argument takes every so-manieth input only.
 */
import { cpu } from "../../src/index.js";
import { APPROXIMATED, type Approximated, worstOf } from "./ulps.js";

const stride = Number(process.argv[2] ?? 1);
const backend = await cpu();
process.stdout.write(`${backend.device}\n`);
for (const name of Object.keys(APPROXIMATED) as Approximated[]) {
  const { ulps, at, received } = await worstOf(backend, name, stride);
  process.stdout.write(`${name.padEnd(8)} ${ulps.toFixed(3)} ulp at ${at} (${received})\n`);
}
