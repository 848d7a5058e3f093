import type { Call } from "../emit/call.js";
import type { Emit } from "../emit/context.js";
import { emitPack } from "../emit/pack.js";
import { loadFew, mostRows, storeFew, tilesOf } from "../emit/tile.js";
import { accumulate } from "../math/multiply-add.js";
import { costOfProduct } from "../plan/cost.js";
import { cutAlong } from "../plan/split.js";
import type { OwnStep } from "../plan/steps.js";
import { sliceView, type View } from "../plan/view.js";
import type { Code, Local } from "../wasm/code.js";
import type { Planes } from "./geometry.js";
import { clearPlanes, fillPlanes } from "./planes.js";

/** to[k, o] = Σ over images and windows: what stands in a window's place k, times the slope of the window's result o. */
export interface WeightSlopes {
  /** [N, C, H, W] */
  readonly from: View;
  /** [N, O, H' · W'] */
  readonly slopes: View;
  /** H', W' */
  readonly windows: readonly [rows: number, columns: number];
  readonly planes: Planes;
  /** Room for the planes of one image; a row for each thread. */
  readonly scratch: View;
  /** Room for the slopes of one image, in panels; a row for each thread. */
  readonly panels: View;
  /** i32 [K], in bytes; K = C · P · Q. */
  readonly offsets: View;
  /** [K, O], its rows as long as whole panels are. */
  readonly to: View;
}

/** The width of a panel of slopes, in vectors of four. */
export const SLOPE_VECTORS = 2;

export const weightsStep = (sums: WeightSlopes): OwnStep => ({
  kind: "own",
  name: "weights",
  reads: [sums.from, sums.slopes, sums.offsets],
  writes: [sums.to, sums.scratch, sums.panels],
  cost: costOfProduct(sums.slopes, sums.to.shape[0] as number),
  cuts: () => cutsOf(sums),
  emit: (emit) => emitWeights(emit, sums),
});

/** Not along the images, since sums must not depend on how many threads there are. */
function cutsOf(sums: WeightSlopes) {
  const { from, slopes, scratch, panels, offsets, to } = sums;
  const places = (to.shape[0] as number) / (from.shape[1] as number);
  const own = (thread: number) => ({
    scratch: sliceView(scratch, 0, thread, thread + 1),
    panels: sliceView(panels, 0, thread, thread + 1),
  });
  return [
    cutAlong(from, 1, 1, (start, end, thread) =>
      weightsStep({
        ...{ ...sums, ...own(thread), from: sliceView(from, 1, start, end) },
        offsets: sliceView(offsets, 0, 0, (end - start) * places),
        to: sliceView(to, 0, start * places, end * places),
      }),
    ),
    cutAlong(slopes, 1, 4 * SLOPE_VECTORS, (start, end, thread) =>
      weightsStep({
        ...{ ...sums, ...own(thread), slopes: sliceView(slopes, 1, start, end) },
        to: sliceView(to, 1, start, end),
      }),
    ),
  ];
}

/**
 * The gradient of a convolution's weights as a function of (from, slopes, scratch, panels, offsets, to), image by image: windows are read where they
 * lie, as in the convolution; the slopes are turned into panels, so that the results of one window lie side by side.
 */
function emitWeights(emit: Emit, sums: WeightSlopes): Call {
  const { from, slopes, windows, planes, scratch, panels, offsets, to } = sums;
  const [N, C] = from.shape as readonly [number, number];
  const [K, O] = to.shape as readonly [number, number];
  const places = windows[0] * windows[1];
  const width = 4 * SLOPE_VECTORS;
  const count = Math.ceil(O / width);
  const panelBytes = 4 * width * places;
  const rowBytes = 4 * (to.strides[0] as number);
  const oneImage: View = { ...slopes, shape: [places, O], strides: [slopes.strides[2], slopes.strides[1]] as number[] };
  const pack = emitPack(emit, {
    kind: "pack",
    from: oneImage,
    to: { ...panels, shape: [count, places, width], strides: [places * width, width, 1] },
    vectors: SLOPE_VECTORS,
  });
  const heights = tilesOf(K, mostRows(emit.relaxed)).map((height) => ({
    ...height,
    call: emit.module.add(["i32", "i32", "i32", "i32", "i32"], [], (code) =>
      emitSlopeTile(emit, code, { height: height.rows, rowBytes, windows, planes }),
    ),
  }));
  const operands = [from, slopes, scratch, panels, offsets, to];
  const index = emit.module.add(
    operands.map(() => "i32"),
    [],
    (code) => {
      const [source, given, room, packed, list, target] = code.params as [Local, Local, Local, Local, Local, Local];
      const more = code.local("i32");
      clearPlanes(code, C, planes, room);
      code.times(N, () => {
        fillPlanes(code, from, planes, source, room);
        code.get(given).get(packed).call(pack.index);
        code.times(count, () => {
          for (const height of heights) {
            code.times(height.count, () => {
              code.get(list).get(room).get(packed).get(target).get(more).call(height.call);
              code.advance(list, 4 * height.rows).advance(target, height.rows * rowBytes);
            });
          }
          code
            .advance(list, -4 * K)
            .advance(target, 4 * width - K * rowBytes)
            .advance(packed, panelBytes);
        });
        code.advance(target, -4 * width * count).advance(packed, -panelBytes * count);
        code.advance(source, 4 * (from.strides[0] as number)).advance(given, 4 * (slopes.strides[0] as number));
        code.i32(1).set(more);
      });
    },
  );
  return { index, operands };
}

interface SlopeTile {
  readonly height: number;
  readonly rowBytes: number;
  readonly windows: readonly [rows: number, columns: number];
  readonly planes: Planes;
}

/**
 * One register tile as a function of (offsets, scratch, panel, to, more): `height` places of windows × one panel of slopes, summed over all
 * windows of an image, on top of what stands in `to` if `more` says so.
 */
function emitSlopeTile({ relaxed }: Emit, code: Code, { height, rowBytes, windows, planes }: SlopeTile): void {
  const [offsets, scratch, panel, to, more] = code.params as [Local, Local, Local, Local, Local];
  const rows = Array.from({ length: height }, (_, row) => ({
    place: code.local("i32"),
    sums: Array.from({ length: SLOPE_VECTORS }, (_, v) => ({ sum: code.local("v128"), at: row * rowBytes + 16 * v })),
  }));
  const slopes = Array.from({ length: SLOPE_VECTORS }, () => code.local("v128"));
  const pixel = code.local("v128");
  rows.forEach(({ place }, row) => {
    code
      .get(offsets)
      .memory("i32.load", 4 * row)
      .get(scratch)
      .op("i32.add")
      .set(place);
  });
  const all = rows.flatMap(({ sums }) => sums);
  code.get(more).when(() => {
    for (const { sum, at } of all) loadFew(code, to, at, 4, sum);
  });
  code.times(windows[0], () => {
    code.times(windows[1], () => {
      slopes.forEach((slope, v) => void loadFew(code, panel, 16 * v, 4, slope));
      for (const { place, sums } of rows) {
        code.get(place).memory("v128.load32_splat", 0).set(pixel);
        sums.forEach(({ sum }, v) => void accumulate(code, relaxed, pixel, slopes[v] as Local, sum));
        code.advance(place, 4);
      }
      code.advance(panel, 16 * SLOPE_VECTORS);
    });
    for (const { place } of rows) code.advance(place, 4 * (planes.columns - windows[1]));
  });
  for (const { sum, at } of all) storeFew(code, to, at, 4, sum);
}
