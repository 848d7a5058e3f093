import { gradientProgram } from "../random/gradients.js";
import { randomProgram } from "../random/program.js";
import type { Case } from "./case.js";
import { checkProgram } from "./run.js";

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
  ]).flat();
