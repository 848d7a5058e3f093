import {
  allocate,
  castArray,
  type DType,
  evaluateDim,
  foldIn,
  type Key,
  key,
  type NdArray,
  randomBits,
  type Shape,
  type Sizes,
  sizeOf,
} from "@throughtime/core";

/**
 * Where an operand's values lie: anywhere in [−2, 2); positive; of magnitude at least ½; between integers (for floor,
 * and casts); small integers, so that equal ones occur; all different; or indices below a number.
 */
export type Domain =
  | "any"
  | "positive"
  | "nonzero"
  | "fractions"
  | "integers"
  | "distinct"
  | { readonly below: number };

/** An operand: its type and where its values lie. */
export interface Operand {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly domain: Domain;
}

export const operand = (shape: Shape, dtype: DType = "f32", domain: Domain = "any"): Operand => ({
  shape,
  dtype,
  domain,
});
export const indices = (shape: Shape, below: number): Operand => operand(shape, "i32", { below });

/** The operands' data; the same for the same name. */
export function valuesOf(name: string, operands: readonly Operand[], sizes: Sizes = {}): NdArray[] {
  const root = [...name].reduce<Key>((k, letter) => foldIn(k, letter.charCodeAt(0)), key(0));
  return operands.map((each, i) => draw(each, sizes, foldIn(root, i)));
}

function draw({ shape, dtype, domain }: Operand, sizes: Sizes, k: Key): NdArray {
  const numbers = shape.map((d) => evaluateDim(d, sizes));
  const bits = randomBits(k, sizeOf(numbers));
  // At f32 first, so that both precisions start from the same numbers.
  const exact = { data: allocate(dtype === "i32" ? "i32" : "f32", bits.length), shape: numbers, dtype };
  const order = domain === "distinct" ? orderOf(bits) : undefined;
  bits.forEach((word, i) => {
    const unit = word * 2 ** -32;
    exact.data[i] = order
      ? ((order[i] as number) - bits.length / 2) * (4 / bits.length)
      : dtype === "bool"
        ? word & 1
        : dtype === "i32"
          ? integer(domain, word)
          : float(domain, unit);
  });
  return castArray({ ...exact, dtype: dtype === "i32" ? "i32" : "f32" }, dtype);
}

function integer(domain: Domain, word: number): number {
  if (typeof domain === "object") return word % domain.below;
  const value = (word % 19) - 9;
  if (domain === "positive") return Math.abs(value) + 1;
  return domain === "nonzero" && value === 0 ? 3 : value;
}

function float(domain: Domain, unit: number): number {
  switch (domain) {
    case "positive":
      return 0.1 + 3 * unit;
    case "nonzero":
      return unit < 0.5 ? -0.5 - 3 * unit : 3 * unit - 1;
    case "fractions":
      return Math.floor(unit * 10) - 5 + 0.1 + 0.8 * ((unit * 10) % 1);
    case "integers":
      return Math.floor(unit * 5) - 2;
    default:
      return 4 * unit - 2;
  }
}

/** The rank of each word: a permutation. */
function orderOf(words: Uint32Array): Uint32Array {
  const order = new Uint32Array(words.length);
  [...words.keys()]
    .sort((a, b) => (words[a] as number) - (words[b] as number) || a - b)
    .forEach((at, rank) => {
      order[at] = rank;
    });
  return order;
}
