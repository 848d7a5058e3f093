import {
  allocate,
  fullArray,
  gather,
  grad,
  mul,
  type NdArray,
  ndarray,
  scatterAdd,
  sizeOf,
  sum,
  type Tensor,
  trace,
} from "@throughtime/core";
import { same } from "./arrays.js";
import type { Case } from "./case.js";
import { execute, programOf } from "./run.js";
import { indices, operand, valuesOf } from "./values.js";

const WIDTH = 16;

/** Sums of small integers are exact in f32 in any order, so one lost update shows. */
function exactCase(V: number, count: number): Case {
  return {
    name: `scatter/exact/${V}`,
    async run({ backend }) {
      const operands = [indices([count], V), operand([count, WIDTH], "i32")];
      const [ids, whole] = valuesOf(`scatter ${V}`, operands) as [NdArray, NdArray];
      const updates = ndarray(Float32Array.from(whole.data), { shape: whole.shape });
      const expected = fullArray([V, WIDTH], 0);
      ids.data.forEach((id, i) => {
        for (let j = 0; j < WIDTH; j++) {
          const at = id * WIDTH + j;
          expected.data[at] = (expected.data[at] as number) + (updates.data[i * WIDTH + j] as number);
        }
      });
      const table = fullArray([V, WIDTH], 0);
      const program = programOf(
        ([x, i, u]) => [scatterAdd(x as Tensor, i as Tensor, u as Tensor)],
        [table, ids, updates],
      );
      for (let run = 0; run < 3; run++) {
        same((await execute(backend, program, [table, ids, updates]))[0] as NdArray, expected, `run ${run}`);
      }
    },
  };
}

/** All updates to one row, and sums that are rounded: the same bits each time. */
function repeatableCase(V: number, count: number): Case {
  return {
    name: `scatter/repeatable/${V}`,
    async run({ backend }) {
      const ids = ndarray(
        valuesOf(`few ${V}`, [indices([count], 3)])[0]?.data.map((id) => id * Math.floor(V / 3)) as Int32Array,
        { shape: [count] },
      );
      const updates = valuesOf(`repeatable ${V}`, [operand([count, WIDTH])])[0] as NdArray;
      const data = allocate("f32", sizeOf([V, WIDTH]));
      const table = ndarray(data, { shape: [V, WIDTH] });
      const program = programOf(
        ([x, i, u]) => [scatterAdd(x as Tensor, i as Tensor, u as Tensor)],
        [table, ids, updates],
      );
      const [first] = (await execute(backend, program, [table, ids, updates])) as [NdArray];
      for (let run = 0; run < 5; run++) {
        same((await execute(backend, program, [table, ids, updates]))[0] as NdArray, first, `run ${run}`);
      }
    },
  };
}

/** What an embedding's gradient is: the adjoint of gather, with every row of the batch the same word. */
function embeddingCase(V: number, count: number): Case {
  return {
    name: `scatter/embeddingGradient/${V}`,
    async run({ backend }) {
      const table = valuesOf("table", [operand([V, WIDTH])])[0] as NdArray;
      const ids = fullArray([count], V - 1, "i32");
      const weights = fullArray([count, WIDTH], 1);
      const { program } = trace(
        (E: Tensor, i: Tensor, w: Tensor) => [grad((x: Tensor) => sum(mul(gather(x, i), w)), E)],
        [table, ids, weights],
      );
      const expected = fullArray([V, WIDTH], 0);
      expected.data.fill(count, (V - 1) * WIDTH);
      same((await execute(backend, program, [table, ids, weights]))[0] as NdArray, expected, "the gradient");
    },
  };
}

/** `scatter/…`: repeated indices, at a character's and at a word's vocabulary. */
export const scatterCases = (): Case[] =>
  (
    [
      [65, 1600],
      [10_000, 1600],
    ] as const
  ).flatMap(([V, count]) => [exactCase(V, count), repeatableCase(V, count), embeddingCase(V, count)]);
