const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);

/**
 * Numbers as IEEE 754 binary16 (f16), rounded to the nearest, ties to even: 1 sign bit, 5 of exponent, 10 of fraction. What rounds to more
 * than 65504 becomes an infinity, NaN stays NaN.
 */
export function toHalf(values: ArrayLike<number>): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) halves[i] = halfOf(values[i] as number);
  return halves;
}

function halfOf(value: number): number {
  floats[0] = value;
  const bits = words[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const fraction = bits & 0x7fffff;
  if (exponent === 128) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  if (exponent > 15) return sign | 0x7c00;
  // Below 2⁻¹⁴ the leading one is a part of the fraction, and all of it moves to the right.
  const [whole, shift] =
    exponent >= -14 ? [((exponent + 15) << 23) | fraction, 13] : [0x800000 | fraction, -1 - exponent];
  // 2⁻²⁵ is half of the smallest: what is below is 0.
  if (shift > 24) return sign;
  const kept = whole >>> shift;
  const rest = whole & (2 ** shift - 1);
  const tie = 2 ** (shift - 1);
  return sign | (kept + (rest > tie || (rest === tie && (kept & 1) === 1) ? 1 : 0));
}

/** Numbers of IEEE 754 binary16 as f32, which holds all of them exactly. `into` is filled and returned; default: a new array. */
export function fromHalf(halves: Uint16Array, into: Float32Array = new Float32Array(halves.length)): Float32Array {
  const bits = new Uint32Array(into.buffer, into.byteOffset, halves.length);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i] as number;
    const sign = (half & 0x8000) << 16;
    // The fraction gets 13 zeros. An exponent of 5 bits has the bias 15, one of 8 bits 127: all but the largest, of infinities and NaN,
    // come right by a factor of 2¹¹², below 2⁻¹⁴ too, where both formats have no leading one.
    if ((half & 0x7c00) === 0x7c00) bits[i] = sign | 0x7f800000 | ((half & 0x3ff) << 13);
    else {
      bits[i] = sign | ((half & 0x7fff) << 13);
      into[i] = (into[i] as number) * 2 ** 112;
    }
  }
  return into;
}
