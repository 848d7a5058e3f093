import type { View } from "../plan/view.js";

/** A function of the module, and the views whose addresses it takes. */
export interface Call {
  readonly index: number;
  readonly operands: readonly View[];
  /** It returns 1 where an index was out of range. */
  readonly checks?: string;
}
