import { type NdArray, OptionError, zerosArray } from "@throughtime/core";
import { blocks, plus, shapesText } from "../tensors.js";
import type { CellArrays, GatedLayout } from "./layout.js";

/** Another library's gates by cell, in the order of its weights. */
export type GateOrders = Readonly<Record<string, readonly string[]>>;

/** Another library's order of a cell's gates. Throws OptionError where it has no such cell. */
export function orderOf(who: string, { cell, gates }: GatedLayout, orders: GateOrders): readonly string[] {
  const order = Object.hasOwn(orders, cell) ? orders[cell] : undefined;
  if (order?.length === gates.length && order.every((gate) => gates.includes(gate))) return order;
  throw new OptionError(
    `${who}: the other library has no ${cell} with the gates ${gates.join(", ")}; it has ${Object.keys(orders).join(", ")}. Arrange its parameters by hand.`,
    { cell, gates },
  );
}

/** Parameters that have a cell's shapes. Throws OptionError, naming the one that has not. */
export function checkedArrays(who: string, layout: GatedLayout, params: unknown, path: string): CellArrays {
  const expected = layout.shapes;
  const arrays = (params ?? {}) as CellArrays;
  for (const key of new Set([...Object.keys(expected), ...Object.keys(arrays)])) {
    const [want, has] = [expected[key], arrays[key]?.shape];
    if (String(want) === String(has) && want) continue;
    const at = path === "" ? key : `${path}.${key}`;
    throw new OptionError(`${who}: ${at} is ${shapesText(has)}; ${layout.cell} has ${shapesText(want)} there.`, {
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
export function mergeBiases(layout: GatedLayout, { input, recurrent }: BiasPair): CellArrays {
  if (layout.biases === "none") return {};
  if (layout.biases === "two") return { b: input, bh: recurrent };
  const sum = plus(input, recurrent);
  if (!layout.shapes.bn) return { b: sum };
  const [start, end] = rangeOf(layout, "n");
  sum.data.set(input.data.subarray(start, end), start);
  return { b: sum, bn: { ...recurrent, data: recurrent.data.slice(start, end), shape: layout.shapes.bn } };
}

/** Another library's two biases of a cell's. Where the cell has one, that is the input's, and the other is 0 but for a GRU's n. */
export function splitBiases(layout: GatedLayout, { b, bh, bn }: CellArrays): BiasPair {
  const length = layout.gates.length * layout.hiddenSize;
  const zeros = () => zerosArray([length], b?.dtype ?? "f32");
  const recurrent = bh ?? zeros();
  if (bn) recurrent.data.set(bn.data, rangeOf(layout, "n")[0]);
  return { input: b ?? zeros(), recurrent };
}

/** Where a gate's part of a bias begins and ends. */
function rangeOf({ gates, hiddenSize: H }: GatedLayout, gate: string): readonly [number, number] {
  const at = gates.indexOf(gate) * H;
  return [at, at + H];
}

/** Blocks along the first axis from one order of gates to another. */
export const reordered = (array: NdArray, from: readonly string[], to: readonly string[]): NdArray =>
  blocks(
    array,
    to.map((gate) => from.indexOf(gate)),
  );
