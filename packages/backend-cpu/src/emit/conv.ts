import type { ConvPart, ConvStep, Planes } from "../plan/convolution.js";
import { tileOf } from "../plan/panels.js";
import type { Local } from "../wasm/code.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { clearPlanes, fillPlanes } from "./planes.js";
import { blocksOf, emitTile, type Layout, mostRows, mostSteps, tilesOf } from "./tile.js";

/**
 * A convolution as a function of (from, scratch, then weights, offsets and to of each part), image by image: the image is laid out once, and
 * products read their windows where they lie in it (Dukhan 2019, "The indirect convolution algorithm"). So no window is copied.
 */
export function emitConv(emit: Emit, { from, planes, scratch, parts }: ConvStep): Call {
  const [N, C] = from.shape as readonly [number, number];
  const products = parts.map((part) => emitProduct(emit, part, planes));
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
          code
            .get(weights)
            .get(offsets)
            .get(room)
            .get(target)
            .call(products[i] as number);
          code.advance(target, 4 * (to.strides[0] as number));
        });
        code.advance(source, 4 * (from.strides[0] as number));
      });
    },
  );
  return { index, operands };
}

/** weights · windows of one image, as a function of (weights, offsets, scratch, to): a panel of windows after the other, all rows of weights at each. */
function emitProduct(emit: Emit, { weights, to }: ConvPart, planes: Planes): number {
  const [m, k] = weights.shape as readonly [number, number];
  const [, , rows, columns] = to.shape as readonly [number, number, number, number];
  const [, channel, row, column] = to.strides.map((stride) => 4 * stride) as [number, number, number, number];
  const layout: Layout = { aRow: 4 * k, aColumn: 4, bRow: 0, cRow: channel, cColumn: column };
  const blocks = blocksOf(k, mostSteps(4));
  const shape = tileOf(m);
  const width = 4 * shape.vectors;
  const heights = tilesOf(m, Math.min(shape.rows, mostRows(emit.relaxed)));
  const tile = (height: number, wide: number) =>
    emit.module.add(["i32", "i32", "i32", "i32", "i32", "i32"], [], (code) =>
      emitTile(emit, code, { layout, rows: height, columns: wide, b: "offsets", blocked: k > blocks.steps }),
    );
  const runs = [
    { count: Math.floor(columns / width), wide: width },
    { count: columns % width > 0 ? 1 : 0, wide: columns % width },
  ].flatMap((run) =>
    run.count === 0
      ? []
      : [{ ...run, heights: heights.map((height) => ({ ...height, call: tile(height.rows, run.wide) })) }],
  );
  return emit.module.add(["i32", "i32", "i32", "i32"], [], (code) => {
    const [pa, offsets, pb, pc] = code.params as [Local, Local, Local, Local];
    const more = code.local("i32");
    const block = (steps: number): void => {
      code.times(rows, () => {
        for (const { count, wide, heights } of runs) {
          code.times(count, () => {
            for (const height of heights) {
              code.times(height.count, () => {
                code.get(pa).get(pb).get(pc).i32(steps).get(more).get(offsets).call(height.call);
                code.advance(pa, height.rows * layout.aRow).advance(pc, height.rows * channel);
              });
            }
            code
              .advance(pa, -m * layout.aRow)
              .advance(pc, wide * column - m * channel)
              .advance(pb, 4 * wide);
          });
        }
        code.advance(pc, row - columns * column).advance(pb, 4 * (planes.columns - columns));
      });
      code.advance(pa, 4 * steps).advance(offsets, 4 * steps);
      code.advance(pc, -rows * row).advance(pb, -4 * rows * planes.columns);
    };
    code.times(blocks.count, () => {
      block(blocks.steps);
      code.i32(1).set(more);
    });
    if (blocks.rest > 0) block(blocks.rest);
  });
}
