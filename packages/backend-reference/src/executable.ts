import {
  BackendError,
  bind,
  DtypeError,
  type EquationEvent,
  type Executable,
  evaluateProgram,
  inferSizes,
  type Program,
  ReleasedError,
  type Sizes,
  verify,
} from "@throughtime/core";
import type { Arrays } from "./arrays.js";

/** A Program as an Executable: bound once per set of sizes, evaluated at every run. */
export function makeExecutable(
  program: Program,
  donate: readonly boolean[],
  arrays: Arrays,
  onEquation: ((event: EquationEvent) => void) | undefined,
): Executable {
  verify(program);
  const bound = new Map<string, Program>();
  const bindTo = (sizes: Sizes): Program => {
    const key = JSON.stringify(Object.entries(sizes).sort());
    const known = bound.get(key);
    if (known) return known;
    const made = bind(program, sizes);
    bound.set(key, made);
    return made;
  };
  let released = false;
  return {
    async run(inputs) {
      if (released)
        throw new ReleasedError(
          "reference: run was called on an executable that was released. Compile the Program again.",
        );
      if (inputs.length !== program.inputs.length) {
        throw new BackendError(`reference: run expected ${program.inputs.length} inputs, received ${inputs.length}.`);
      }
      const values = inputs.map((input, i) => arrays.read(input, `run, input ${nameOf(program, i)},`));
      values.forEach(({ dtype }, i) => {
        const expected = program.inputs[i]?.dtype;
        if (dtype === expected) return;
        throw new DtypeError(
          `reference: run, input ${nameOf(program, i)}, expected ${expected}, received ${dtype}. Cast it first.`,
        );
      });
      const sizes = inferSizes(
        program,
        values.map(({ shape }) => shape),
      );
      const outputs = evaluateProgram(bindTo(sizes), values, onEquation && { onEquation, path: [] });
      inputs.forEach((input, i) => {
        if (donate[i]) arrays.end(input, "donated");
      });
      return outputs.map((output) => arrays.put(output));
    },
    release() {
      released = true;
      bound.clear();
    },
  };
}

const nameOf = (program: Program, input: number): string => program.inputNames?.[input] || String(input);
