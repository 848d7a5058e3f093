import type { AnyUnrollable } from "@throughtime/cells";
import type { Backend } from "@throughtime/core";
import type { OnnxRuntime } from "@throughtime/onnx";
import { sharedBackend } from "../shared-backend.js";
import { registerSuite, type SuiteOptions } from "../suite.js";
import { backendCases } from "./backends.js";
import type { CellCase } from "./case.js";
import { exportCases } from "./exports.js";
import { factCases, noiseCases } from "./facts.js";
import { sequenceCases } from "./sequences.js";
import { CELL_SIZES } from "./subject.js";

export interface CellSuiteOptions extends SuiteOptions {
  /** What makes the cells, by name: of the sizes that it is given. Give each kind of options a name of its own. */
  readonly cells: Readonly<Record<string, (sizes: { inputSize: number; hiddenSize: number }) => AnyUnrollable>>;
  /** What makes the backends that the cells shall run on, by name. Default: none; all is computed on the host in f64. */
  readonly backends?: Readonly<Record<string, () => Promise<Backend>>>;
  /** `onnxruntime-node` or `onnxruntime-web`, which runs exported cells. Default: nothing is exported. */
  readonly onnxRuntime?: OnnxRuntime;
}

/** All tests of a cell; their names, behind the cell's, are what `skip` names. */
const casesOf = (cell: AnyUnrollable, { backends = {}, onnxRuntime }: CellSuiteOptions): CellCase[] => [
  ...factCases(cell),
  ...noiseCases(cell),
  ...sequenceCases(cell),
  ...backendCases(cell, Object.keys(backends)),
  ...(onnxRuntime ? exportCases(cell) : []),
];

/**
 * The tests that every cell passes, also what only reads whole sequences: its gradient equals central differences in f64; lengths, NaN in the padding, and sequences of
 * no steps; reverse; a sequence step by step and in parts; noise; first values, state and layout; the same on every backend,
 * at sizes that one Program serves; the same in ONNX Runtime.
 *
 * @example cellSuite({ describe, test, cells: { mgu: (sizes) => mgu(sizes) }, backends: { cpu: () => cpu() } });
 */
export function cellSuite(options: CellSuiteOptions): void {
  const { cells, backends = {}, onnxRuntime } = options;
  const shared = new Map(Object.entries(backends).map(([name, make]) => [name, sharedBackend(make)]));
  const cases = Object.entries(cells).flatMap(([name, make]) =>
    casesOf(make(CELL_SIZES), options).map((each) => ({ ...each, name: `${name}/${each.name}` })),
  );
  const context = {
    backend: (name: string) => (shared.get(name) as ReturnType<typeof sharedBackend>).get(),
    onnxRuntime,
  };
  const close = async () => {
    for (const backend of shared.values()) await backend.close();
  };
  registerSuite(options, "cells", cases, async () => context, { name: "the backends close", close });
}
