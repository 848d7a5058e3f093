import { type AnyCell, dropout, gru, lstm } from "@throughtime/cells";
import { type NdArray, ndarray } from "@throughtime/core";
import type { CellName } from "../config.js";
import type { Inputs } from "../problem.js";
import { eightGates } from "./eight-gates.js";
import { peephole } from "./peephole.js";

/** A cell and its parameters, from the inputs that all peers begin with. */
export interface CellAndParams {
  readonly cell: AnyCell;
  readonly params: ReturnType<AnyCell["init"]>;
}

/** Throws where `inputs` lack one of the cell's parameters. */
export function cellOf(name: CellName, H: number, inputs: Inputs): CellAndParams {
  const at = (parameter: string): NdArray => {
    const array = inputs[parameter];
    if (!array) throw new Error(`cellOf: ${name} needs ${parameter}; there are ${Object.keys(inputs).join(", ")}.`);
    return array;
  };
  const W = at("W");
  const U = at("U");
  const b = at("b");
  const sizes = { inputSize: H, hiddenSize: H };
  switch (name) {
    case "lstm":
      return { cell: lstm(sizes) as AnyCell, params: { W, U, b } };
    case "lstm-dropout":
      return { cell: dropout(lstm(sizes), { output: 0.2 }) as AnyCell, params: { W, U, b } };
    case "gru":
      return { cell: gru({ ...sizes, reset: "after" }) as AnyCell, params: { W, U, b, bn: at("bn") } };
    case "custom": {
      const params = { W, U, b, p: at("p") };
      return { cell: peephole(H, params) as AnyCell, params };
    }
    case "lstm-eight": {
      const gate = (k: number) => ({ W: columns(W, k * H, H), U: columns(U, k * H, H), b: columns(b, k * H, H) });
      const params = { i: gate(0), f: gate(1), o: gate(2), g: gate(3) };
      return { cell: eightGates(H, params) as AnyCell, params };
    }
  }
}

/** `count` columns of the last axis, from `start`. */
function columns({ data, shape }: NdArray, start: number, count: number): NdArray {
  const width = shape.at(-1) as number;
  const rows = data.length / width;
  const out = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < count; k++) out[row * count + k] = data[row * width + start + k] as number;
  }
  return ndarray(out, { shape: [...shape.slice(0, -1), count] });
}
