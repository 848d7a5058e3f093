import {
  compile,
  type DeviceArray,
  matmul,
  mul,
  ndarray,
  sum,
  type Tensor,
  tanh,
  valueAndGrad,
} from "@throughtime/core";
import { type Case, fail } from "./case.js";
import { execute, programOf } from "./run.js";
import { operand, valuesOf } from "./values.js";

const ROUNDS = 50;

/** `leaks/…`: nothing is left behind; counted where the backend counts its arrays. */
export const leakCases = (): Case[] => [
  {
    name: "leaks/execute",
    async run({ backend, liveArrays }) {
      const program = programOf(
        ([a, b]) => [tanh(matmul(a as Tensor, b as Tensor))],
        [operand([8, 8]), operand([8, 8])],
      );
      const inputs = valuesOf("leaks", [operand([8, 8]), operand([8, 8])]);
      const before = liveArrays?.(backend);
      for (let i = 0; i < 5; i++) await execute(backend, program, inputs);
      const after = liveArrays?.(backend);
      if (before !== after) fail(`${before} arrays were live before and ${after} after`);
    },
  },
  {
    name: "leaks/donatedState",
    async run({ backend, liveArrays }) {
      const step = compile(
        backend,
        (w: Tensor, x: Tensor) => {
          const [loss, g] = valueAndGrad((p: Tensor) => sum(tanh(matmul(x, p))), w);
          return { w: mul(g, 0.5), loss };
        },
        { donate: 0 },
      );
      const before = liveArrays?.(backend);
      let w: DeviceArray = await backend.upload(ndarray(new Float32Array(64).fill(0.1), { shape: [8, 8] }));
      for (let i = 0; i < ROUNDS; i++) {
        // The batch comes from the host each time, and is freed by the call.
        const result = await step(w, ndarray(new Float32Array(16).fill(0.5), { shape: [2, 8] }));
        w = result.w as DeviceArray;
        backend.release(result.loss as DeviceArray);
      }
      const during = liveArrays?.(backend);
      if (before !== undefined && during !== before + 1) {
        fail(`after ${ROUNDS} steps ${during} arrays are live; expected ${before + 1}: the state alone`);
      }
      backend.release(w);
      step.release();
    },
  },
];
