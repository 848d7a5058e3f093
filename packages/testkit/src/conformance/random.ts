import { bind, optimize } from "@throughtime/core";
import { randomCase, randomKind } from "../random/case.js";
import { gradientProgram } from "../random/gradients.js";
import { randomProgram } from "../random/program.js";
import type { Case } from "./case.js";
import { checkOutputs, checkProgram, compileOn, runOn } from "./run.js";

/** `random/…`: Programs that nobody thought of; the seed is in the name. */
export const randomCases = (count: number): Case[] =>
  Array.from({ length: count }, (_, seed): Case[] => [
    {
      name: `random/program/${seed}`,
      run(context) {
        const { program, inputs } = randomProgram(seed, { size: 10, symbolic: seed % 2 === 1 });
        return checkProgram(context, "random", program, inputs());
      },
    },
    {
      name: `random/gradient/${seed}`,
      run(context) {
        const { program, inputs } = randomProgram(seed + 1000, { size: 6, smooth: true });
        return checkProgram(context, "random", gradientProgram(program), inputs());
      },
    },
    mixed(2 * seed),
    mixed(2 * seed + 1),
  ]).flat();

/** `random/tame/…`, `random/ties/…` and `random/special/…`: of all kinds, optimized by the half. */
const mixed = (seed: number): Case => ({
  name: `random/${randomKind(seed).values}/${seed}`,
  async run({ backend, tolerance }) {
    const { program, kind, sizes, inputs, precision, expected } = randomCase(seed);
    const executable = await compileOn(backend, kind.optimized ? optimize(program, backend.supports).program : program);
    for (const at of sizes) {
      const actual = await runOn(backend, executable, inputs(at));
      checkOutputs(bind(program, at), actual, expected(at), (dtype, i) => tolerance(precision[i] as string, dtype));
    }
    executable.release();
  },
});
