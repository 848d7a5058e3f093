import { unary } from "./elementwise.js";

/** y = x, through which no gradient flows. Any shape and dtype. */
export const stopGradient = unary({
  name: "stopGradient",
  accepts: "any",
  f: (x) => x,
});

export const stopGradientOp = stopGradient.op;
