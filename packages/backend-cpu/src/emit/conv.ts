import type { ConvPart, ConvStep, Planes } from "../plan/convolution.js";
import { tileOf } from "../plan/panels.js";
import type { Local } from "../wasm/code.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { clearPlanes, fillPlanes } from "./planes.js";
import { emitProduct } from "./product.js";

/**
 * A convolution as a function of (from, scratch, then weights, offsets and to of each part), image by image: the image is laid out once, and
 * products read their windows where they lie in it (Dukhan 2019, "The indirect convolution algorithm"). So no window is copied.
 */
export function emitConv(emit: Emit, { from, planes, scratch, parts }: ConvStep): Call {
  const [N, C] = from.shape as readonly [number, number];
  const products = parts.map((part) => emitPart(emit, part, planes));
  const operands = [from, scratch, ...parts.flatMap(({ weights, offsets, to }) => [weights, offsets, to])];
  const index = emit.module.add(
    operands.map(() => "i32"),
    [],
    (code) => {
      const [source, room, ...rest] = code.params as [Local, Local, ...Local[]];
      clearPlanes(code, C, planes, room);
      code.times(N, () => {
        fillPlanes(code, from, planes, source, room);
        parts.forEach(({ to }, i) => {
          const [weights, offsets, target] = rest.slice(3 * i) as [Local, Local, Local];
          code.get(weights).get(room).get(target).get(offsets);
          code.call(products[i] as number).advance(target, 4 * (to.strides[0] as number));
        });
        code.advance(source, 4 * (from.strides[0] as number));
      });
    },
  );
  return { index, operands };
}

/** weights · windows of one image: a line of windows after the other. */
function emitPart(emit: Emit, { weights, to }: ConvPart, planes: Planes): number {
  const [m, k] = weights.shape as readonly [number, number];
  const [, , lines, columns] = to.shape as readonly [number, number, number, number];
  const [, cRow, cLine, cColumn] = to.strides.map((stride) => 4 * stride) as [number, number, number, number];
  const { vectors } = tileOf(m);
  return emitProduct(emit, {
    ...{ m, k, lines, columns, vectors, b: "offsets", panel: 16 * vectors, bLine: 4 * planes.columns, cLine },
    layout: { aRow: 4 * k, aColumn: 4, bRow: 0, cRow, cColumn },
  });
}
