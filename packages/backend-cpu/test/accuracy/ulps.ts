import {
  type Backend,
  compile,
  erf,
  exp,
  log,
  type NdArray,
  ndarray,
  sigmoid,
  type Tensor,
  tanh,
} from "@throughtime/core";

/** Functions that are approximated on the device, with their values in f64. */
export const APPROXIMATED = {
  erf: {
    op: erf,
    exact: (x: number) =>
      Number(
        (erf.op.evaluate([{ data: Float64Array.of(x), shape: [], dtype: "f64" }], {} as never) as NdArray).data[0],
      ),
  },
  exp: { op: exp, exact: Math.exp },
  log: { op: log, exact: Math.log },
  // Math.exp(-x) overflows where the result is below 1e-308: far below f32.
  sigmoid: { op: sigmoid, exact: (x: number) => 1 / (1 + Math.exp(-x)) },
  tanh: { op: tanh, exact: Math.tanh },
} as const;

export type Approximated = keyof typeof APPROXIMATED;

export interface Worst {
  /** The largest distance from the exact value, in units of the last place of that value in f32. */
  readonly ulps: number;
  readonly at: number;
  readonly received: number;
}

const CHUNK = 1 << 18;
const SMALLEST = 2 ** -149;

/**
 * The distance in units in the last place of f32 at the exact value. A NaN must be one, an infinity and a zero of an
 * exact zero too; what rounds to infinity may be it.
 */
export function ulpsBetween(received: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Object.is(received, rounded)) return 0;
  if (Number.isNaN(exact) || Number.isNaN(received) || !Number.isFinite(rounded) || !Number.isFinite(received)) {
    return Number.POSITIVE_INFINITY;
  }
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(exact))), -126);
  return Math.abs(received - exact) / Math.max(2 ** (exponent - 23), SMALLEST);
}

/** The worst of a function over every `stride`th of the 2³² bit patterns of f32, from `first`. */
export async function worstOf(backend: Backend, name: Approximated, stride: number, first = 0): Promise<Worst> {
  const { op, exact } = APPROXIMATED[name];
  const run = compile(backend, (x: Tensor) => op(x), { donate: 0 });
  const bits = new Uint32Array(CHUNK);
  const xs = new Float32Array(bits.buffer);
  let worst: Worst = { ulps: 0, at: 0, received: 0 };
  for (let start = first; start < 2 ** 32; start += CHUNK * stride) {
    for (let i = 0; i < CHUNK; i++) bits[i] = start + i * stride;
    const result = await run(ndarray(xs));
    const { data } = await backend.download(result);
    backend.release(result);
    for (let i = 0; i < CHUNK; i++) {
      const [x, y] = [xs[i] as number, data[i] as number];
      const ulps = ulpsBetween(y, exact(x));
      if (ulps > worst.ulps) worst = { ulps, at: x, received: y };
    }
  }
  run.release();
  return worst;
}
