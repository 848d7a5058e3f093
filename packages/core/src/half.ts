import { describe } from "./describe.js";
import { ArgumentError } from "./errors.js";

/** The bits of f32 of what is special to f16: 2⁻¹⁴, below which it has no leading one; 65520, which rounds to an infinity; f32's infinity. */
const LEAST = 0x38800000;
const MOST = 0x477ff000;
const INFINITE = 0x7f800000;

/**
 * Numbers as IEEE 754 binary16 (f16), rounded to the nearest, ties to even: 1 sign bit, 5 of exponent, 10 of fraction. What rounds to more
 * than 65504 becomes an infinity, NaN stays NaN. Throws ArgumentError where there is no list.
 */
export function toHalf(values: ArrayLike<number>): Uint16Array {
  if (typeof values?.length !== "number") {
    throw new ArgumentError(`toHalf: the values are ${describe(values)}; expected a list of numbers.`);
  }
  const floats = Float32Array.from(values);
  const bits = new Uint32Array(floats.buffer);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < halves.length; i++) {
    const sign = ((bits[i] as number) >>> 16) & 0x8000;
    const size = (bits[i] as number) & 0x7fffffff;
    // The fraction loses 13 digits, of which half of one, less a little where the rest is even, is added first; the bias goes from 127 to 15.
    if (size >= LEAST && size < MOST) halves[i] = sign | ((size + 0xfff + ((size >>> 13) & 1) - (112 << 23)) >>> 13);
    // Multiples of 2⁻²⁴. 2⁵² has no room for fractions, so that adding it rounds.
    else if (size < LEAST) halves[i] = sign | (Math.abs(floats[i] as number) * 2 ** 24 + 2 ** 52 - 2 ** 52);
    else halves[i] = sign | 0x7c00 | (size > INFINITE ? 0x200 : 0);
  }
  return halves;
}

/**
 * Numbers of IEEE 754 binary16 as f32, which holds all of them exactly. `into` is filled and returned; default: a new array. Throws
 * ArgumentError for another kind of list.
 */
export function fromHalf(halves: Uint16Array, into?: Float32Array): Float32Array {
  if (!(halves instanceof Uint16Array)) {
    throw new ArgumentError(`fromHalf: the halves are ${describe(halves)}; expected a Uint16Array.`);
  }
  const floats = into ?? new Float32Array(halves.length);
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, halves.length);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i] as number;
    const sign = (half & 0x8000) << 16;
    // The fraction gets 13 zeros. An exponent of 5 bits has the bias 15, one of 8 bits 127: all but the largest, of infinities and NaN,
    // come right by a factor of 2¹¹², below 2⁻¹⁴ too, where both formats have no leading one.
    if ((half & 0x7c00) === 0x7c00) bits[i] = sign | 0x7f800000 | ((half & 0x3ff) << 13);
    else {
      bits[i] = sign | ((half & 0x7fff) << 13);
      floats[i] = (floats[i] as number) * 2 ** 112;
    }
  }
  return floats;
}
