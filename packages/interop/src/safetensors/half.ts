import { OptionError, quote } from "@throughtime/core";

const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);

/**
 * Numbers as IEEE 754 binary16, rounded to the nearest, ties to even: 1 sign bit, 5 of exponent, 10 of fraction. Throws OptionError,
 * naming the tensor, for a finite number beyond 65504, which binary16 does not hold.
 */
export function toHalf(values: ArrayLike<number>, name: string): Uint16Array {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const half = halfOf(value);
    if ((half & 0x7fff) === 0x7c00 && Number.isFinite(value)) {
      throw new OptionError(
        `encodeSafetensors: tensor ${quote(name)} holds ${value} at ${i}; f16 holds numbers up to 65504. Store it as f32.`,
        { name, index: i },
      );
    }
    out[i] = half;
  }
  return out;
}

function halfOf(value: number): number {
  floats[0] = value;
  const bits = words[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const fraction = bits & 0x7fffff;
  if (exponent === 128) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
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
