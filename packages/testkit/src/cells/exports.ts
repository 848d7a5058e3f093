import type { AnyUnrollable } from "@throughtime/cells";
import {
  bind,
  flattenTree,
  inferSizes,
  isNdArray,
  mapTree,
  type Tensor,
  type Tree,
  trace,
  type as typeOf,
} from "@throughtime/core";
import { type OnnxRuntime, openOnnx, toOnnx } from "@throughtime/onnx";
import { evaluateInF64 } from "../compare.js";
import type { CellCase } from "./case.js";
import {
  BATCH,
  type Batch,
  type Inputs,
  inputsOf,
  lengthsOf,
  type Rest,
  runOf,
  same,
  WAYS,
  type Way,
} from "./subject.js";

const BATCHES: readonly Batch[] = [BATCH, { T: 1, B: 1, lengths: [1] }, { T: 0, B: 2, lengths: [0, 0] }];

/** `export/…`: ONNX Runtime computes from a file what the cell does, at several sizes. */
export const exportCases = (cell: AnyUnrollable): CellCase[] =>
  WAYS.map((way) => ({
    name: `export/${way.name}`,
    run: async ({ onnxRuntime }) => checkExport(cell, way, onnxRuntime as OnnxRuntime),
  }));

async function checkExport(cell: AnyUnrollable, way: Way, runtime: OnnxRuntime): Promise<void> {
  const { params } = inputsOf(cell);
  const run = (p: Tree<Tensor>, rest: Omit<Inputs<Tensor>, "params">, lengths: Rest<Tensor>) =>
    runOf(cell, way)({ ...rest, params: p }, lengths);
  const symbols = {
    xs: typeOf(["T", "B", cell.inputSize]),
    state: mapTree(inputsOf(cell).state, isNdArray, ({ shape }) => typeOf(["B", ...shape.slice(1)])),
  };
  const { program } = trace(run as never, [params, symbols, way.lengths ? { lengths: typeOf(["B"], "i32") } : {}]);
  const model = await openOnnx(runtime, toOnnx(program, { params }), cell.name);
  try {
    for (const batch of BATCHES) {
      const { params: _, ...rest } = inputsOf(cell, batch);
      const inputs = flattenTree([rest, lengthsOf(way, batch)], isNdArray).leaves;
      const all = [...flattenTree(params, isNdArray).leaves, ...inputs];
      const sizes = inferSizes(
        program,
        all.map(({ shape }) => shape),
      );
      same(`at T = ${batch.T} and B = ${batch.B}`, await model(inputs), evaluateInF64(bind(program, sizes), all), {
        ...{ absolute: 2e-5, ofLargest: 1e-4 },
      });
    }
  } finally {
    await model.release();
  }
}
