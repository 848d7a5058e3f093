import { type Executable, type Program, ReleasedError } from "@throughtime/core";
import { retire } from "./array.js";
import type { Host } from "./host.js";
import { requireInputs } from "./inputs.js";

/** Of a Program without outputs, which ONNX has no model for: there is nothing to compute, so a call only takes its inputs. */
export function withoutOutputs(host: Host, program: Program, donate: readonly boolean[]): Executable {
  let released = false;
  return {
    stats: { compileMs: 0 },
    async run(inputs) {
      if (released) throw new ReleasedError("run: this executable was released.");
      host.requireOpen("run");
      const { arrays } = requireInputs(host, program, inputs);
      // What reads them may be waiting for its turn.
      const consumed = arrays.filter((array, i) => donate[i] && retire(array, "donated") !== undefined);
      await host.inOrder(async () => consumed.forEach(({ free }) => void free?.()));
      return [];
    },
    release() {
      released = true;
    },
  };
}
