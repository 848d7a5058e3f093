import type { Tensor } from "../../src/index.js";
import * as core from "../../src/index.js";
import { is, largest, type OpCase, type Read, total } from "./op-case.js";
import { floats, ints } from "./random.js";

type Four = readonly [number, number, number, number];

/** x [N, C, H, W] with `outside` around it. */
const around =
  (x: Read, [, , H, W]: readonly number[], outside: number): Read =>
  (n, c, i, j) =>
    (i as number) < 0 || (i as number) >= (H as number) || (j as number) < 0 || (j as number) >= (W as number)
      ? outside
      : x(n as number, c as number, i as number, j as number);

const sum2 = (height: number, width: number, term: (p: number, q: number) => number): number =>
  total(height, (p) => total(width, (q) => term(p, q)));

interface Convolution {
  readonly x: Four;
  readonly w: Four;
  readonly stride: number;
  readonly padding: number;
  readonly y: Four;
}

const CONVOLUTIONS: readonly Convolution[] = [
  { x: [2, 3, 5, 4], w: [4, 3, 3, 2], stride: 1, padding: 0, y: [2, 4, 3, 3] },
  { x: [1, 2, 5, 5], w: [3, 2, 2, 3], stride: 2, padding: 1, y: [1, 3, 3, 3] },
  { x: [2, 1, 1, 1], w: [2, 1, 1, 1], stride: 3, padding: 0, y: [2, 2, 1, 1] },
  // A kernel smaller than its stride, with places that no window has; and one larger than the image.
  { x: [2, 2, 8, 7], w: [2, 2, 2, 1], stride: 3, padding: 0, y: [2, 2, 3, 3] },
  { x: [1, 1, 2, 3], w: [2, 1, 5, 4], stride: 1, padding: 2, y: [1, 2, 2, 4] },
  { x: [0, 1, 3, 3], w: [2, 1, 2, 2], stride: 1, padding: 0, y: [0, 2, 2, 2] },
];

const titleOf = ({ x, w, stride, padding }: Convolution) => `[${x}] by [${w}], stride ${stride}, padding ${padding}`;

const conv2d = (c: Convolution): OpCase =>
  is(
    core.conv2dOp,
    titleOf(c),
    [floats(...c.x), floats(...c.w)],
    (x, w) => core.conv2d(x as Tensor, w as Tensor, { stride: c.stride, padding: c.padding }),
    c.y,
    ([n, o, i, j], x, w) => {
      const at = around(x as Read, c.x, 0);
      const [row, column] = [(i as number) * c.stride - c.padding, (j as number) * c.stride - c.padding];
      return total(c.x[1], (k) =>
        sum2(c.w[2], c.w[3], (p, q) => at(n as number, k, row + p, column + q) * (w as Read)(o as number, k, p, q)),
      );
    },
  );

const inputGradient = (c: Convolution): OpCase =>
  is(
    core.conv2dInputGradientOp,
    titleOf(c),
    [floats(...c.y), floats(...c.w)],
    (dy, w) => {
      const params = { stride: c.stride, padding: c.padding, height: c.x[2], width: c.x[3] };
      return core.apply(core.conv2dInputGradientOp, [dy as Tensor, w as Tensor], params);
    },
    c.x,
    ([n, k, row, column], dy, w) =>
      total(c.y[1], (o) =>
        sum2(c.y[2], c.y[3], (i, j) => {
          const p = (row as number) - i * c.stride + c.padding;
          const q = (column as number) - j * c.stride + c.padding;
          if (p < 0 || p >= c.w[2] || q < 0 || q >= c.w[3]) return 0;
          return (dy as Read)(n as number, o, i, j) * (w as Read)(o, k as number, p, q);
        }),
      ),
  );

const weightGradient = (c: Convolution): OpCase =>
  is(
    core.conv2dWeightGradientOp,
    titleOf(c),
    [floats(...c.x), floats(...c.y)],
    (x, dy) => {
      const params = { stride: c.stride, padding: c.padding, height: c.w[2], width: c.w[3] };
      return core.apply(core.conv2dWeightGradientOp, [x as Tensor, dy as Tensor], params);
    },
    c.w,
    ([o, k, p, q], x, dy) => {
      const at = around(x as Read, c.x, 0);
      return total(c.x[0], (n) =>
        sum2(c.y[2], c.y[3], (i, j) => {
          const place = [i * c.stride - c.padding + (p as number), j * c.stride - c.padding + (q as number)] as const;
          return at(n, k as number, ...place) * (dy as Read)(n, o as number, i, j);
        }),
      );
    },
  );

interface Pooling {
  readonly x: Four;
  readonly size: number;
  readonly stride?: number;
  readonly padding?: number;
  readonly y: Four;
}

const POOLINGS: readonly Pooling[] = [
  { x: [2, 3, 4, 6], size: 2, y: [2, 3, 2, 3] },
  { x: [2, 2, 5, 7], size: 2, y: [2, 2, 2, 3] },
  { x: [1, 2, 5, 6], size: 3, stride: 2, padding: 1, y: [1, 2, 3, 3] },
  { x: [1, 1, 6, 5], size: 2, stride: 3, padding: 1, y: [1, 1, 3, 2] },
  { x: [2, 1, 3, 3], size: 1, y: [2, 1, 3, 3] },
  { x: [0, 2, 4, 4], size: 2, y: [0, 2, 2, 2] },
];

const pooled = (p: Pooling) => {
  const { size, stride = size, padding = 0 } = p;
  const options = { size, stride, padding };
  const title = `[${p.x}], size ${size}, stride ${stride}, padding ${padding}`;
  /** Of window (i, j): where it begins. */
  const start = (i: number | undefined) => (i as number) * stride - padding;
  const places = (i: number, j: number) =>
    Array.from({ length: size * size }, (_, k) => [start(i) + Math.floor(k / size), start(j) + (k % size)] as const);
  return { options, title, start, places };
};

const POOL_CASES: readonly OpCase[] = POOLINGS.flatMap((p) => {
  const { options, title, start, places } = pooled(p);
  const { size } = options;
  const windows = (sum: (i: number, j: number) => number) => sum2(p.y[2], p.y[3], sum);
  const maxPool = (draw: typeof floats, what: string): OpCase =>
    is(
      core.maxPool2dGradientOp,
      `${title}, ${what}`,
      [draw(...p.x), floats(...p.y)],
      (x, dy) => {
        const images = core.cast(x as Tensor, "f64");
        const y = core.maxPool2d(images, options);
        return core.apply(core.maxPool2dGradientOp, [images, y, core.cast(dy as Tensor, "f64")], options);
      },
      p.x,
      ([n, c, row, column], x, dy) => {
        const at = around(x as Read, p.x, Number.NEGATIVE_INFINITY);
        return windows((i, j) => {
          const values = places(i, j).map(([a, b]) => at(n as number, c as number, a, b));
          const [a, b] = places(i, j)[values.indexOf(Math.max(...values))] as readonly [number, number];
          return a === row && b === column ? (dy as Read)(n as number, c as number, i, j) : 0;
        });
      },
      { dtype: "f64" },
    );
  return [
    is(
      core.maxPool2dOp,
      title,
      [floats(...p.x)],
      (x) => core.maxPool2d(x as Tensor, options),
      p.y,
      ([n, c, i, j], x) => {
        const at = around(x as Read, p.x, Number.NEGATIVE_INFINITY);
        return largest(size * size, (k) =>
          at(n as number, c as number, start(i) + Math.floor(k / size), start(j) + (k % size)),
        );
      },
    ),
    maxPool(floats, "distinct"),
    maxPool((...shape) => ints(0, 2, ...shape), "with ties"),
    is(
      core.averagePool2dOp,
      title,
      [floats(...p.x)],
      (x) => core.averagePool2d(x as Tensor, options),
      p.y,
      ([n, c, i, j], x) => {
        const at = around(x as Read, p.x, 0);
        return sum2(size, size, (a, b) => at(n as number, c as number, start(i) + a, start(j) + b)) / size ** 2;
      },
    ),
    is(
      core.averagePool2dGradientOp,
      title,
      [floats(...p.y)],
      (dy) => core.apply(core.averagePool2dGradientOp, [dy as Tensor], { ...options, height: p.x[2], width: p.x[3] }),
      p.x,
      ([n, c, row, column], dy) =>
        windows((i, j) => {
          const has = places(i, j).some(([a, b]) => a === row && b === column);
          return has ? (dy as Read)(n as number, c as number, i, j) / size ** 2 : 0;
        }),
    ),
  ];
});

export const IMAGE_CASES: readonly OpCase[] = [
  ...CONVOLUTIONS.flatMap((c) => [conv2d(c), inputGradient(c), weightGradient(c)]),
  ...POOL_CASES,
];
