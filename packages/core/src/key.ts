import { describe } from "./describe.js";
import { ArgumentError, OptionError } from "./errors.js";
import { type NdArray, sizeOf } from "./ndarray.js";
import { requireList, requireShape } from "./require.js";

/**
 * A counter-based random key: two 32-bit words. Equal keys give equal draws on every machine and backend; different
 * keys give independent ones. Plain data, so that a checkpoint can hold it.
 */
export type Key = readonly [number, number];

/** A key from a seed: any safe integer ≥ 0. Throws OptionError. */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new OptionError(`key: a seed is an integer from 0 to 2⁵³ − 1, received ${seed}.`, { seed });
  return [Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0];
}

/** A number in a key's place would give the same draws for all numbers. Throws ArgumentError. */
function requireKey(operation: string, k: Key): void {
  if (Array.isArray(k) && k.length === 2 && k.every(Number.isInteger)) return;
  throw new ArgumentError(`${operation}: the key is ${describe(k)}; expected one, as key(0) makes.`);
}

/** `N` keys: a tuple where N is a number that is written out, up to 64. */
export type Keys<N extends number, K extends Key[] = []> = number extends N
  ? Key[]
  : K["length"] extends N
    ? K
    : K["length"] extends 64
      ? Key[]
      : Keys<N, [...K, Key]>;

/**
 * An independent key for each of `n` purposes; 2 by default. Throws OptionError where n is not an integer of at least 0.
 *
 * @example const [forCell, forOutput] = splitKey(key(1));
 */
export function splitKey<const N extends number = 2>(parent: Key, n?: N): Keys<N> {
  const count: number = n ?? 2;
  if (!Number.isSafeInteger(count) || count < 0)
    throw new OptionError(`splitKey: the number of keys is an integer of at least 0, received ${describe(n)}.`, { n });
  return Array.from({ length: count }, (_, i) => foldIn(parent, i)) as unknown as Keys<N>;
}

/** An independent key for one number (a step, a layer): foldIn(k, 3) never equals foldIn(k, 4). */
export function foldIn(parent: Key, data: number): Key {
  requireKey("foldIn", parent);
  if (!Number.isSafeInteger(data))
    throw new OptionError(`foldIn: the number must be an integer, received ${describe(data)}.`);
  const out = new Uint32Array(2);
  // The counter's high word sets derived keys apart from draws, whose counters stay below 2³² blocks.
  threefry2x32(parent[0], parent[1], Math.floor(data / 2 ** 32) ^ 0x9e3779b9, data >>> 0, out, 0);
  return [out[0] as number, out[1] as number];
}

/** `count` random 32-bit words: Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). */
export function randomBits(k: Key, count: number): Uint32Array {
  requireKey("randomBits", k);
  const out = new Uint32Array((count + 3) & ~3);
  fillBlocks(k, 0, out);
  return out.subarray(0, count);
}

/** A list's items in random order (Fisher and Yates); the list stays as it is. Throws ArgumentError for what is no list. */
export function shuffled<T>(items: readonly T[], k: Key): T[] {
  requireList("shuffled: the items", items);
  const out = [...items];
  const bits = randomBits(k, out.length);
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(((bits[i] as number) / 2 ** 32) * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}

/** Uniform in [low, high), f32, 24 bits of resolution. low < high. */
export function uniform(k: Key, shape: readonly number[], low = 0, high = 1): NdArray {
  requireShape("uniform", shape);
  const bits = randomBits(k, sizeOf(shape));
  const data = new Float32Array(bits.length);
  const scale = (high - low) * 2 ** -24;
  // Rounding to f32 would reach `high` now and then.
  const largest = floatBelow(high);
  for (let i = 0; i < data.length; i++) data[i] = Math.min(low + ((bits[i] as number) >>> 8) * scale, largest);
  return { data, shape, dtype: "f32" };
}

/** The largest f32 below x. */
function floatBelow(x: number): number {
  const value = Float32Array.of(x);
  if ((value[0] as number) < x) return value[0] as number;
  if (value[0] === 0) return -(2 ** -149);
  const bits = new Int32Array(value.buffer);
  bits[0] = (bits[0] as number) + (x > 0 ? -1 : 1);
  return value[0] as number;
}

/** Normal with given mean and standard deviation, f32 (Box–Muller). */
export function normal(k: Key, shape: readonly number[], mean = 0, std = 1): NdArray {
  requireShape("normal", shape);
  const size = sizeOf(shape);
  const bits = randomBits(k, size + (size & 1));
  const data = new Float32Array(size);
  for (let i = 0; i < size; i += 2) {
    // In (0, 1], so that the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(((bits[i] as number) + 1) * 2 ** -32));
    const angle = 2 * Math.PI * (bits[i + 1] as number) * 2 ** -32;
    data[i] = mean + std * radius * Math.cos(angle);
    if (i + 1 < size) data[i + 1] = mean + std * radius * Math.sin(angle);
  }
  return { data, shape, dtype: "f32" };
}

/**
 * A dropout mask: 0 with probability `rate` (to within 2⁻³²), else 1 / (1 − rate) (inverted dropout), f32; a byte per
 * element, and more bits where that byte does not decide.
 */
export function dropoutMask(k: Key, shape: readonly number[], rate: number): NdArray {
  requireKey("dropoutMask", k);
  requireShape("dropoutMask", shape);
  if (!(rate >= 0 && rate < 1))
    throw new OptionError(`dropout: the rate must be in [0, 1), received ${rate}.`, { rate });
  const data = new Float32Array(sizeOf(shape));
  // A byte decides for all but 1 in 256, which lie on the threshold's own byte and draw the other 24 bits.
  const threshold = Math.round(rate * 2 ** 32);
  const first = Math.floor(threshold / 2 ** 24);
  const keep = 1 / (1 - rate);
  const byByte = Float32Array.from({ length: 256 }, (_, byte) => (byte < first ? 0 : keep));
  const rest = new Uint32Array(2);
  const redraw = (i: number) => {
    threefry2x32(k[0], k[1], 1, i, rest, 0);
    data[i] = (rest[0] as number) >>> 8 < threshold % 2 ** 24 ? 0 : keep;
  };
  const everywhere = Math.imul(first, 0x01010101);
  const bits = new Uint32Array(WORDS_AT_ONCE);
  for (let i = 0; i < data.length; ) {
    fillBlocks(k, i >>> 3, bits);
    const words = Math.min(bits.length, (data.length - i + 3) >>> 2);
    for (let at = 0; at < words; at++, i += 4) {
      const word = bits[at] as number;
      // What lies beyond the end is not stored.
      data[i] = byByte[word & 255] as number;
      data[i + 1] = byByte[(word >>> 8) & 255] as number;
      data[i + 2] = byByte[(word >>> 16) & 255] as number;
      data[i + 3] = byByte[word >>> 24] as number;
      const differing = word ^ everywhere;
      if (((differing - 0x01010101) & ~differing & 0x80808080) === 0) continue; // no byte of it is 0
      for (let j = 0; j < 4 && i + j < data.length; j++) if (((word >>> (8 * j)) & 255) === first) redraw(i + j);
    }
  }
  return { data, shape, dtype: "f32" };
}

/** So many random words are made at a time where they are read once: they stay in the nearest cache. */
const WORDS_AT_ONCE = 1024;

/** A key's two words and this give the third, as any two of the three do. */
const PARITY = 0x1bd11bda;

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/**
 * One block of Threefry-2x32: two words of output for a key of two words and a counter of two words, written to `out`
 * from `at`. Five groups of four rounds; after each, the next two key words and the group's number are added.
 */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number, out: Uint32Array, at: number): void {
  const keys = [k0, k1, k0 ^ k1 ^ PARITY] as const;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let group = 1; group <= 5; group++) {
    for (const bits of ROTATIONS[(group - 1) & 1] as readonly number[]) {
      x0 = (x0 + x1) | 0;
      x1 = rotate(x1, bits) ^ x0;
    }
    x0 = (x0 + (keys[group % 3] as number)) | 0;
    x1 = (x1 + (keys[(group + 1) % 3] as number) + group) | 0;
  }
  out[at] = x0;
  out[at + 1] = x1;
}

/**
 * The blocks of counters from `counter` on, two words each; out.length is a multiple of four. Two blocks side by side,
 * since the steps of one wait for each other, and everything in variables, since tables take three times as long: masks
 * are drawn between two training steps.
 */
function fillBlocks(key: Key, counter: number, out: Uint32Array): void {
  // Integers of 32 bits, and sums of two: others are taken in floating point.
  const k0 = key[0] | 0;
  const k1 = key[1] | 0;
  const k2 = k0 ^ k1 ^ PARITY;
  const first = (counter + k1) | 0;
  for (let at = 0; at < out.length; at += 4) {
    let a0 = k0;
    let b0 = k0;
    let a1 = (first + (at >>> 1)) | 0;
    let b1 = (a1 + 1) | 0;
    let now = k1;
    let next = k2;
    let [r, s, t, u] = [13, 15, 26, 6];
    for (let group = 1; group <= 5; group++) {
      a0 = (a0 + a1) | 0;
      b0 = (b0 + b1) | 0;
      a1 = rotate(a1, r) ^ a0;
      b1 = rotate(b1, r) ^ b0;
      a0 = (a0 + a1) | 0;
      b0 = (b0 + b1) | 0;
      a1 = rotate(a1, s) ^ a0;
      b1 = rotate(b1, s) ^ b0;
      a0 = (a0 + a1) | 0;
      b0 = (b0 + b1) | 0;
      a1 = rotate(a1, t) ^ a0;
      b1 = rotate(b1, t) ^ b0;
      a0 = (a0 + a1) | 0;
      b0 = (b0 + b1) | 0;
      a1 = rotate(a1, u) ^ a0;
      b1 = rotate(b1, u) ^ b0;
      const word = (next + group) | 0;
      a0 = (a0 + now) | 0;
      b0 = (b0 + now) | 0;
      a1 = (a1 + word) | 0;
      b1 = (b1 + word) | 0;
      // The two tables of rotations take turns.
      const third = now ^ next ^ PARITY;
      now = next;
      next = third;
      r ^= 13 ^ 17;
      s ^= 15 ^ 29;
      t ^= 26 ^ 16;
      u ^= 6 ^ 24;
    }
    out[at] = a0;
    out[at + 1] = a1;
    out[at + 2] = b0;
    out[at + 3] = b1;
  }
}

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));
