import { byteSize } from "@throughtime/core";
import type { ArgmaxStep } from "../plan/steps.js";
import type { Local } from "../wasm/code.js";
import { type Axis, collapse } from "./axes.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { nest } from "./nest.js";

/** The first largest element's place along the last axis, NaN above all, element by element, as a function of (from, to). */
export function emitArgmax({ module }: Emit, { from, to }: ArgmaxStep): Call {
  const size = byteSize(from.dtype);
  const rank = to.shape.length;
  const kept: Axis[] = collapse(to.shape, [
    from.strides.slice(0, rank).map((stride) => stride * size),
    to.strides.map((stride) => stride * 4),
  ]);
  const [count, stride] = [from.shape[rank] as number, (from.strides[rank] as number) * size];
  const float = from.dtype === "f32";
  const index = module.add(["i32", "i32"], [], (code) => {
    const [source, target] = code.params as [Local, Local];
    const best = code.local("i32");
    const [at, largest] = [code.local("i32"), code.local("i32")];
    // `largest` is the address of the largest so far: f32 and i32 alike are read again.
    const read = float ? "f32.load" : "i32.load";
    nest(code, kept, [source, target], () => {
      code.i32(0).set(best).i32(0).set(at).get(source).set(largest);
      code.times(count, () => {
        code.get(source).memory(read).get(largest).memory(read);
        // Not at most as large, or NaN; but nothing comes after NaN.
        if (float)
          code
            .op("f32.le")
            .op("i32.eqz")
            .get(largest)
            .memory(read)
            .get(largest)
            .memory(read)
            .op("f32.eq")
            .op("i32.and");
        else code.op("i32.gt_s");
        code.when(() => void code.get(at).set(best).get(source).set(largest));
        code.advance(at, 1).advance(source, stride);
      });
      code.advance(source, -count * stride);
      code.get(target).get(best).memory("i32.store");
    });
  });
  return { index, operands: [from, to] };
}
