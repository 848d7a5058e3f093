import type { Backend } from "@throughtime/core";
import type { OnnxRuntime } from "@throughtime/onnx";
import type { SuiteCase } from "../suite.js";

/** What a test of a cell runs with. */
export interface CellContext {
  /** A backend by its name; shared by all tests. */
  backend(name: string): Promise<Backend>;
  readonly onnxRuntime?: OnnxRuntime | undefined;
}

export type CellCase = SuiteCase<CellContext>;
