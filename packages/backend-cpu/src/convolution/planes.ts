import { collapse } from "../emit/axes.js";
import { nest } from "../emit/nest.js";
import { loadLanes } from "../emit/vectors.js";
import type { View } from "../plan/view.js";
import type { Code, Local } from "../wasm/code.js";
import { type Planes, planesSize } from "./geometry.js";

/** What stands between the pixels: zeros, which stay when the next image is laid out. */
export function clearPlanes(code: Code, C: number, planes: Planes, scratch: Local): void {
  code
    .get(scratch)
    .i32(0)
    .i32(4 * planesSize(C, planes))
    .fill();
}

/** Lays out one image of [N, C, H, W], to which `source` points, in planes. Both pointers stay where they are. */
export function fillPlanes(code: Code, from: View, planes: Planes, source: Local, scratch: Local): void {
  const [, C, H, W] = from.shape as readonly [number, number, number, number];
  const [, channel, row, column] = from.strides.map((stride) => 4 * stride) as [number, number, number, number];
  const { stride, top, left, rows, columns } = planes;
  const [pixel, target] = [code.local("i32"), code.local("i32")];
  for (let a = 0; a < stride; a++) {
    for (let b = 0; b < stride; b++) {
      const down = within(H, stride, top - a, rows);
      const across = within(W, stride, left - b, columns);
      if (down.count <= 0 || across.count <= 0) continue;
      code
        .get(source)
        .set(pixel)
        .advance(pixel, down.pixel * row + across.pixel * column);
      const first = ((a * stride + b) * rows + down.at) * columns + across.at;
      code
        .get(scratch)
        .set(target)
        .advance(target, 4 * first);
      const axes = collapse(
        [C, down.count, across.count],
        [
          [channel, stride * row, stride * column],
          [4 * stride * stride * rows * columns, 4 * columns, 4],
        ],
      );
      const inner = axes.at(-1) ?? { size: 1, strides: [0, 0] };
      const [from, to] = inner.strides as [number, number];
      nest(code, axes.slice(0, -1), [pixel, target], () => {
        const few = (width: 1 | 4) => {
          code.get(target);
          loadLanes(code, pixel, 0, from, "f32", width);
          if (width === 4) code.memory("v128.store", 0);
          else code.laneMemory("v128.store32_lane", 0, 0);
          code.advance(pixel, width * from).advance(target, width * to);
        };
        code.times(to === 4 ? Math.floor(inner.size / 4) : 0, () => few(4));
        code.times(to === 4 ? inner.size % 4 : inner.size, () => few(1));
        code.advance(pixel, -inner.size * from).advance(target, -inner.size * to);
      });
    }
  }
  code.release(pixel);
  code.release(target);
}

/** Along one axis: which pixels a plane has, `before` zeros (in pixels) after its beginning: the first one, where it stands, and how many there are. */
function within(size: number, stride: number, before: number, length: number) {
  const at = Math.max(0, Math.ceil(before / stride));
  const pixel = at * stride - before;
  return { at, pixel, count: Math.min(length - at, Math.ceil((size - pixel) / stride)) };
}
