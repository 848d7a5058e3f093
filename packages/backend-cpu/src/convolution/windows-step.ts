import type { Call } from "../emit/call.js";
import type { Emit } from "../emit/context.js";
import { emitProduct } from "../emit/product.js";
import { costOfProduct } from "../plan/cost.js";
import { tileOf } from "../plan/panels.js";
import { cutAlong, ROWS_PER_TILE } from "../plan/split.js";
import type { OwnStep } from "../plan/steps.js";
import { sliceView, type View } from "../plan/view.js";
import type { Local } from "../wasm/code.js";
import type { Planes } from "./geometry.js";
import { clearPlanes, fillPlanes } from "./planes.js";

/** For each image, and each part: to = weights · windows. */
export interface Windows {
  /** [N, C, H, W] */
  readonly from: View;
  readonly planes: Planes;
  /** Room for the planes of one image; a row for each thread. */
  readonly scratch: View;
  readonly parts: readonly Part[];
}

export interface Part {
  /** [M, K], row-major. */
  readonly weights: View;
  /** i32 [K]: how far each place of a window lies from the first one of the first window, in bytes. */
  readonly offsets: View;
  /** [N, M, H', W'] in any layout. */
  readonly to: View;
}

export const windowsStep = (windows: Windows): OwnStep => ({
  kind: "own",
  name: "windows",
  reads: [windows.from, ...windows.parts.flatMap(({ weights, offsets }) => [weights, offsets])],
  writes: [...windows.parts.map(({ to }) => to), windows.scratch],
  cost: windows.parts.reduce((sum, { weights, to }) => sum + costOfProduct(to, weights.shape[1] as number), 0),
  cuts: () => cutsOf(windows),
  emit: (emit) => emitWindows(emit, windows),
});

function cutsOf(windows: Windows) {
  const { from, scratch, parts } = windows;
  const own = (thread: number): View => sliceView(scratch, 0, thread, thread + 1);
  return [
    cutAlong(from, 0, 1, (start, end, thread) =>
      windowsStep({
        ...windows,
        from: sliceView(from, 0, start, end),
        scratch: own(thread),
        parts: parts.map((part) => ({ ...part, to: sliceView(part.to, 0, start, end) })),
      }),
    ),
    // Each thread lays out the whole image.
    cutAlong((parts[0] as Part).weights, 0, ROWS_PER_TILE, (start, end, thread) =>
      windowsStep({
        ...windows,
        scratch: own(thread),
        parts: parts.map((part) => ({
          ...part,
          weights: sliceView(part.weights, 0, start, end),
          to: sliceView(part.to, 1, start, end),
        })),
      }),
    ),
  ];
}

/**
 * A convolution as a function of (from, scratch, then weights, offsets and to of each part), image by image: the image is laid out once, and
 * products read their windows where they lie in it (Dukhan 2019, "The indirect convolution algorithm"). So no window is copied.
 */
function emitWindows(emit: Emit, { from, planes, scratch, parts }: Windows): Call {
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
function emitPart(emit: Emit, { weights, to }: Part, planes: Planes): number {
  const [m, k] = weights.shape as readonly [number, number];
  const [, , lines, columns] = to.shape as readonly [number, number, number, number];
  const [, cRow, cLine, cColumn] = to.strides.map((stride) => 4 * stride) as [number, number, number, number];
  const { vectors } = tileOf(m);
  return emitProduct(emit, {
    ...{ m, k, lines, columns, vectors, b: "offsets", panel: 16 * vectors, bLine: 4 * planes.columns, cLine },
    layout: { aRow: 4 * k, aColumn: 4, bRow: 0, cRow, cColumn },
  });
}
