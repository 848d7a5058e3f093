import { unary } from "./elementwise.js";

/**
 * y = −1, 0 or 1 as x is below, at or above 0, elementwise; f32, f64 or i32. No gradient. Throws DtypeError on bool.
 */
export const sign = unary({
  name: "sign",
  accepts: "numeric",
  f: Math.sign,
});

export const signOp = sign.op;
