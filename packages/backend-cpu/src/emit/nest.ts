import type { Code, Local } from "../wasm/code.js";
import type { Axis } from "./axes.js";

/**
 * Loops over axes with `body` innermost. Pointers move along by their strides, in bytes; when an axis is done they have
 * moved to its end, and are set back before the next step of the axis around it. `body` must leave them where they were.
 */
export function nest(code: Code, axes: readonly Axis[], pointers: readonly Local[], body: () => void): void {
  const [axis, ...inner] = axes;
  if (!axis) {
    body();
    return;
  }
  code.times(axis.size, () => {
    nest(code, inner, pointers, body);
    pointers.forEach((pointer, i) => void code.advance(pointer, axis.strides[i] as number));
  });
  pointers.forEach((pointer, i) => void code.advance(pointer, -axis.size * (axis.strides[i] as number)));
}
