import type { LoweringTable } from "./context.js";
import { elementwise } from "./elementwise.js";
import { indexing } from "./indexing.js";
import { products } from "./matmul.js";
import { reductions } from "./reduce.js";
import { loops } from "./scan.js";
import { shapes } from "./shape.js";

/** A lowering for every primitive. */
export const PRIMITIVES: LoweringTable = {
  ...elementwise,
  ...indexing,
  ...loops,
  ...products,
  ...reductions,
  ...shapes,
};
