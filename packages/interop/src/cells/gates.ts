import { type NdArray, OptionError, zerosArray } from "@throughtime/core";
import { blocks, plus, shapesText } from "../tensors.js";
import type { CellArrays, PlainLayout } from "./layout.js";

/** The gates of each cell, in the order of its weights' blocks of columns. */
export const GATES = { rnn: ["h"], lstm: ["i", "f", "o", "g"], gru: ["z", "r", "n"] } as const satisfies Record<
  PlainLayout["kind"],
  readonly string[]
>;

/** R: the size of a cell's output, and of the h that enters its products. */
export const outputSize = (layout: PlainLayout): number =>
  (layout.kind === "lstm" ? layout.projectionSize : undefined) ?? layout.hiddenSize;

/** Whether a cell has a bias bn within its reset gate, beside the one that is merged. */
const hasOwnBias = (layout: PlainLayout): boolean =>
  layout.kind === "gru" && layout.reset === "after" && layout.biases === "one";

/** The shapes of a cell's parameters by name. */
function shapesOf(layout: PlainLayout): Readonly<Record<string, readonly number[]>> {
  const { inputSize, hiddenSize: H, biases } = layout;
  const columns = GATES[layout.kind].length * H;
  return {
    W: [inputSize, columns],
    U: [outputSize(layout), columns],
    ...(biases === "none" ? {} : { b: [columns] }),
    ...(biases === "two" ? { bh: [columns] } : {}),
    ...(hasOwnBias(layout) ? { bn: [H] } : {}),
    ...(layout.kind === "lstm" && layout.peepholes === "diagonal" ? { p: [3 * H] } : {}),
    ...(outputSize(layout) < H ? { Wr: [H, outputSize(layout)] } : {}),
  };
}

/** Parameters that have a cell's shapes. Throws OptionError, naming the one that has not. */
export function checkedArrays(who: string, layout: PlainLayout, params: unknown, path: string): CellArrays {
  const expected = shapesOf(layout);
  const arrays = (params ?? {}) as CellArrays;
  for (const key of new Set([...Object.keys(expected), ...Object.keys(arrays)])) {
    const [want, has] = [expected[key], arrays[key]?.shape];
    if (String(want) === String(has) && want) continue;
    const at = path === "" ? key : `${path}.${key}`;
    throw new OptionError(`${who}: ${at} is ${shapesText(has)}; ${layout.kind} has ${shapesText(want)} there.`, {
      ...{ path: at, expected: want, received: has },
    });
  }
  return arrays;
}

/** Two biases, of x·W and of h·U, as another library has them: [kH] each, with our gates. */
export interface BiasPair {
  readonly input: NdArray;
  readonly recurrent: NdArray;
}

/** A cell's biases of another library's two. Where the cell has one, they are added up, but for those of a GRU's n. */
export function mergeBiases(layout: PlainLayout, { input, recurrent }: BiasPair): CellArrays {
  if (layout.biases === "none") return {};
  if (layout.biases === "two") return { b: input, bh: recurrent };
  const sum = plus(input, recurrent);
  if (!hasOwnBias(layout)) return { b: sum };
  const H = layout.hiddenSize;
  sum.data.set(input.data.subarray(2 * H), 2 * H);
  return { b: sum, bn: { ...recurrent, data: recurrent.data.slice(2 * H), shape: [H] } };
}

/** Another library's two biases of a cell's. Where the cell has one, that is the input's, and the other is 0 but for a GRU's n. */
export function splitBiases(layout: PlainLayout, { b, bh, bn }: CellArrays): BiasPair {
  const length = GATES[layout.kind].length * layout.hiddenSize;
  const zeros = () => zerosArray([length], b?.dtype ?? "f32");
  const recurrent = bh ?? zeros();
  if (bn) recurrent.data.set(bn.data, 2 * layout.hiddenSize);
  return { input: b ?? zeros(), recurrent };
}

/** Blocks along the first axis from one order of gates to another. */
export const reordered = (array: NdArray, from: readonly string[], to: readonly string[]): NdArray =>
  blocks(
    array,
    to.map((gate) => from.indexOf(gate)),
  );
