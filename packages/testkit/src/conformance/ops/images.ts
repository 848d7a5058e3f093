import {
  apply,
  averagePool2d,
  averagePool2dGradientOp,
  type Conv2dParams,
  conv2d,
  conv2dInputGradientOp,
  conv2dWeightGradientOp,
  maxPool2d,
  maxPool2dGradientOp,
  type Pool2dParams,
  type Tensor,
  vmap,
} from "@throughtime/core";
import { operand } from "../values.js";
import { FLOATS, type OpCase, type Size } from "./op-case.js";

type Four = readonly [number, number, number, number];

/** x [N, C, H, W] and w [O, C, P, Q]. */
const CONVOLUTIONS: Readonly<Record<Size, readonly [Four, Four]>> = {
  empty: [
    [0, 2, 5, 4],
    [3, 2, 2, 3],
  ],
  one: [
    [1, 1, 1, 1],
    [1, 1, 1, 1],
  ],
  odd: [
    [2, 3, 5, 7],
    [3, 3, 3, 2],
  ],
  large: [
    [4, 8, 15, 17],
    [12, 8, 3, 3],
  ],
};

/** x [N, C, H, W] of pooling. */
const POOLINGS: Readonly<Record<Size, Four>> = {
  empty: [0, 2, 5, 4],
  one: [1, 1, 3, 3],
  odd: [2, 3, 5, 7],
  large: [4, 8, 16, 18],
};

const GEOMETRIES: readonly (Conv2dParams & { readonly variant: string })[] = [
  { variant: "same", stride: 1, padding: 1 },
  { variant: "strided", stride: 2, padding: 1 },
  { variant: "sparse", stride: 3, padding: 0 },
];

const POOLS: readonly (Pool2dParams & { readonly variant: string })[] = [
  { variant: "halves", size: 2, stride: 2, padding: 0 },
  { variant: "overlapping", size: 3, stride: 2, padding: 1 },
  { variant: "sparse", size: 2, stride: 3, padding: 1 },
];

/** A case's name tells windows apart; an op's params do not have it. */
const withoutName = <T extends { readonly variant: string }>({ variant: _, ...params }: T): Omit<T, "variant"> =>
  params;

const count = (size: number, window: number, { stride, padding }: Conv2dParams): number =>
  Math.floor((size + 2 * padding - window) / stride) + 1;

/** The shape of a convolution's or a pooling's result. */
const resultOf = ([N, C, H, W]: Four, [P, Q]: readonly number[], params: Conv2dParams, channels = C): Four => [
  N,
  channels,
  count(H, P as number, params),
  count(W, Q as number, params),
];

/** Kernels of a convolution whose padded image is smaller are left out. */
const fits = (size: Size, params: Conv2dParams): boolean => {
  const [x, w] = CONVOLUTIONS[size];
  return (
    resultOf(x, w.slice(2), params).every((d) => d >= 0) &&
    count(x[2], w[2], params) > 0 &&
    count(x[3], w[3], params) > 0
  );
};

const ALL_SIZES: readonly Size[] = ["empty", "one", "odd", "large"];

const convolution = (
  op: string,
  geometry: (typeof GEOMETRIES)[number],
  shapes: (x: Four, w: Four, y: Four) => readonly Four[],
  run: (a: Tensor, b: Tensor, params: Conv2dParams, x: Four, w: Four) => Tensor,
): OpCase => {
  const params = withoutName(geometry);
  const sizesOf = (size: Size) => {
    const [x, w] = CONVOLUTIONS[size];
    return [x, w, resultOf(x, w.slice(2), params, w[0])] as const;
  };
  return {
    op,
    variant: geometry.variant,
    dtypes: FLOATS,
    sizes: ALL_SIZES.filter((size) => fits(size, params)),
    differentiable: true,
    operands: (size, dtype) => shapes(...sizesOf(size)).map((shape) => operand(shape, dtype)),
    apply: ([a, b], size) => run(a as Tensor, b as Tensor, params, ...CONVOLUTIONS[size]),
  };
};

const convolutions: readonly OpCase[] = GEOMETRIES.flatMap((geometry) => [
  convolution(
    "conv2d",
    geometry,
    (x, w) => [x, w],
    (x, w, params) => conv2d(x, w, params),
  ),
  convolution(
    "conv2dInputGradient",
    geometry,
    (_, w, y) => [y, w],
    (dy, w, params, [, , height, width]) => apply(conv2dInputGradientOp, [dy, w], { ...params, height, width }),
  ),
  convolution(
    "conv2dWeightGradient",
    geometry,
    (x, _, y) => [x, y],
    (x, dy, params, _, [, , height, width]) => apply(conv2dWeightGradientOp, [x, dy], { ...params, height, width }),
  ),
]);

/** Several frames at once: with one kernel, and each with its own. */
const FRAMES = 3;

const films: readonly OpCase[] = [
  {
    op: "conv2d",
    variant: "vmap",
    dtypes: FLOATS,
    differentiable: true,
    operands: (size, dtype) => {
      const [x, w] = CONVOLUTIONS[size];
      return [operand([FRAMES, ...x], dtype), operand(w, dtype)];
    },
    apply: ([xs, w]) =>
      vmap((x: Tensor, kernel: Tensor) => conv2d(x, kernel, { padding: 1 }), { axis: [0, null] })(
        xs as Tensor,
        w as Tensor,
      ),
  },
  {
    op: "conv2d",
    variant: "vmap over kernels",
    dtypes: FLOATS,
    differentiable: true,
    operands: (size, dtype) => {
      const [x, w] = CONVOLUTIONS[size];
      return [operand([FRAMES, ...x], dtype), operand([FRAMES, ...w], dtype)];
    },
    apply: ([xs, ws]) =>
      vmap((x: Tensor, w: Tensor) => conv2d(x, w, { padding: 1, stride: 2 }))(xs as Tensor, ws as Tensor),
  },
];

const pooling = (
  op: string,
  pool: (typeof POOLS)[number],
  shapes: (x: Four, y: Four) => readonly Four[],
  run: (a: Tensor, b: Tensor, params: Pool2dParams, x: Four) => Tensor,
  values: "any" | "integers" = "any",
): OpCase => {
  const params = withoutName(pool);
  return {
    op,
    variant: values === "any" ? pool.variant : `${pool.variant}, ties`,
    dtypes: FLOATS,
    differentiable: values === "any",
    operands: (size, dtype) => {
      const x = POOLINGS[size];
      return shapes(x, resultOf(x, [params.size, params.size], params)).map((shape) => operand(shape, dtype, values));
    },
    apply: ([a, b], size) => run(a as Tensor, b as Tensor, params, POOLINGS[size]),
  };
};

const poolings: readonly OpCase[] = POOLS.flatMap((pool) => [
  pooling(
    "maxPool2d",
    pool,
    (x) => [x],
    (x, _, params) => maxPool2d(x, params),
  ),
  ...(["any", "integers"] as const).map((values) =>
    pooling(
      "maxPool2dGradient",
      pool,
      (x, y) => [x, y],
      (x, dy, params) => apply(maxPool2dGradientOp, [x, maxPool2d(x, params), dy], params),
      values,
    ),
  ),
  pooling(
    "averagePool2d",
    pool,
    (x) => [x],
    (x, _, params) => averagePool2d(x, params),
  ),
  pooling(
    "averagePool2dGradient",
    pool,
    (_, y) => [y],
    (dy, _, params, [, , height, width]) => apply(averagePool2dGradientOp, [dy], { ...params, height, width }),
  ),
]);

/** Convolutions and pooling of pictures, and their gradients, which backends may claim too. */
export const IMAGES: readonly OpCase[] = [...convolutions, ...films, ...poolings];
