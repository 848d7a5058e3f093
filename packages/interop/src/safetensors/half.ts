import { OptionError, quote, toHalf } from "@throughtime/core";

/** Numbers as f16. Throws OptionError, naming the tensor, for a finite number beyond 65504, which f16 does not hold. */
export function halvesOf(values: ArrayLike<number>, name: string): Uint16Array {
  const halves = toHalf(values);
  const index = halves.findIndex((half, i) => (half & 0x7fff) === 0x7c00 && Number.isFinite(values[i]));
  if (index < 0) return halves;
  throw new OptionError(
    `encodeSafetensors: tensor ${quote(name)} holds ${values[index]} at ${index}; f16 holds numbers up to 65504. Store it as f32.`,
    { name, index },
  );
}
