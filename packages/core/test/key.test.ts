import { describe, expect, expectTypeOf, test } from "vitest";
import { dropoutMask, foldIn, type Key, key, normal, randomBits, shuffled, splitKey, uniform } from "../src/index.js";
import { threefry2x32 } from "../src/key.js";

const hex = (words: Uint32Array): string[] => [...words].map((word) => word.toString(16).padStart(8, "0"));

function block(key: Key, counter: Key): string[] {
  const out = new Uint32Array(2);
  threefry2x32(key[0], key[1], counter[0], counter[1], out, 0);
  return hex(out);
}

const bits = (seed: number, count = 100_000): Uint32Array => randomBits(key(seed), count);
const average = (values: Iterable<number>): number => {
  const all = [...values];
  return all.reduce((a, b) => a + b, 0) / all.length;
};

describe("Threefry-2x32 with 20 rounds", () => {
  // kat_vectors of the Random123 distribution (D. E. Shaw Research).
  test.each<[name: string, key: Key, counter: Key, expected: string[]]>([
    ["zeros", [0, 0], [0, 0], ["6b200159", "99ba4efe"]],
    ["ones", [0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], ["1cb996fc", "bb002be7"]],
    ["digits of π", [0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], ["c4923a9c", "483df7a0"]],
  ])("gives the known answer: %s", (_, k, counter, expected) => {
    expect(block(k, counter)).toEqual(expected);
  });

  test("randomBits counts blocks up from 0", () => {
    const words = hex(randomBits([5, 6], 5));
    expect(words).toEqual([...block([5, 6], [0, 0]), ...block([5, 6], [0, 1]), block([5, 6], [0, 2])[0]]);
  });
});

describe("keys", () => {
  test("equal seeds give equal keys, and the whole seed counts", () => {
    expect(key(7)).toEqual(key(7));
    expect(key(2 ** 32 + 7)).not.toEqual(key(7));
    expect(key(2 ** 53 - 1)).toEqual([0x1fffff, 0xffffffff]);
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 53])("refuse the seed %d", (seed) => {
    expect(() => key(seed)).toThrow(expect.objectContaining({ name: "OptionError" }));
  });

  test("derived keys are all different, from each other, the parent and what the parent draws", () => {
    const parent = key(1);
    const derived: string[] = splitKey(parent, 1000).map(String);
    expect(new Set(derived).size).toBe(1000);
    const drawn = randomBits(parent, 2000);
    const pairs = new Set(derived);
    for (let i = 0; i < drawn.length; i += 2) expect(pairs.has(`${drawn[i]},${drawn[i + 1]}`)).toBe(false);
    expect(pairs.has(String(parent))).toBe(false);
  });

  test("are split into a tuple where the number is written out, and n of foldIn's", () => {
    expectTypeOf(splitKey(key(1))).toEqualTypeOf<[Key, Key]>();
    expectTypeOf(splitKey(key(1), 3)).toEqualTypeOf<[Key, Key, Key]>();
    expectTypeOf(splitKey(key(1), [1, 2, 3].length)).toEqualTypeOf<Key[]>();
    expectTypeOf(splitKey(key(1), 1000)).toEqualTypeOf<Key[]>();
    expect(splitKey(key(1))).toEqual([foldIn(key(1), 0), foldIn(key(1), 1)]);
    expect(splitKey(key(1), 0)).toEqual([]);
  });

  test.each([-1, 1.5, Number.NaN, "3"])("are not split into %s", (n) => {
    expect(() => splitKey(key(1), n as number)).toThrow(
      /^splitKey: the number of keys is an integer of at least 0, received/,
    );
  });

  test("foldIn tells numbers apart beyond 32 bits", () => {
    const k = key(3);
    expect(foldIn(k, 5)).toEqual(foldIn(k, 5));
    expect(foldIn(k, 2 ** 32 + 5)).not.toEqual(foldIn(k, 5));
  });

  test("a longer draw begins as a shorter one", () => {
    expect([...bits(4, 7)]).toEqual([...bits(4, 100).subarray(0, 7)]);
  });
});

describe("draws are uniform and independent", () => {
  test("every bit is set half of the time", () => {
    const words = bits(11);
    for (let bit = 0; bit < 32; bit++) {
      const set = words.reduce((count, word) => count + ((word >>> bit) & 1), 0);
      expect(Math.abs(set / words.length - 0.5)).toBeLessThan(0.007); // 4.4 standard deviations
    }
  });

  test("256 bins fill evenly (χ²)", () => {
    const bins = new Array<number>(256).fill(0);
    for (const word of bits(12)) bins[word >>> 24] = (bins[word >>> 24] as number) + 1;
    const expected = 100_000 / 256;
    const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(Math.abs(chiSquare - 255)).toBeLessThan(4 * Math.sqrt(2 * 255));
  });

  test.each([
    ["neighbours", (u: Float32Array) => [u.subarray(0, -1), u.subarray(1)]],
    ["two seeds", (u: Float32Array) => [u, uniform(key(14), [u.length]).data]],
    ["two derived keys", (u: Float32Array) => [u, uniform(foldIn(key(13), 1), [u.length]).data]],
  ])("%s do not correlate", (_, pair) => {
    const [a, b] = pair(uniform(key(13), [100_000]).data as Float32Array) as [Float32Array, Float32Array];
    const covariance = average(a.map((x, i) => (x - 0.5) * ((b[i] as number) - 0.5)));
    expect(Math.abs(covariance * 12)).toBeLessThan(0.015);
  });
});

describe("uniform", () => {
  test("has the mean and the variance of its range, and stays in it", () => {
    const { data, shape, dtype } = uniform(key(5), [1000, 100], -2, 4);
    expect([shape, dtype]).toEqual([[1000, 100], "f32"]);
    expect(average(data)).toBeCloseTo(1, 1);
    expect(average([...data].map((x) => (x - 1) ** 2))).toBeCloseTo(3, 1);
    expect(data.every((x: number) => x >= -2 && x < 4)).toBe(true);
  });

  test.each([
    [1, 2],
    [1000, 1001],
    [-1, 0],
    [-2, -1],
  ])("never rounds up to its end: [%d, %d)", (low, high) => {
    const { data } = uniform(key(6), [200_000], low, high);
    expect(data.every((x: number) => x >= low && x < high)).toBe(true);
  });
});

describe("normal", () => {
  test("has its mean, deviation and tails", () => {
    const { data } = normal(key(8), [100_001], 3, 2);
    expect(average(data)).toBeCloseTo(3, 1);
    expect(Math.sqrt(average([...data].map((x) => (x - 3) ** 2)))).toBeCloseTo(2, 1);
    const within = (deviations: number) =>
      data.filter((x: number) => Math.abs(x - 3) < 2 * deviations).length / data.length;
    expect(within(1)).toBeCloseTo(0.6827, 2);
    expect(within(2)).toBeCloseTo(0.9545, 2);
    expect(data.every(Number.isFinite)).toBe(true);
  });
});

describe("dropoutMask", () => {
  test("drops at its rate and scales the rest, so that the mean stays 1", () => {
    const { data } = dropoutMask(key(9), [100_000], 0.3);
    expect([...new Set(data)].sort()).toEqual([0, Math.fround(1 / 0.7)]);
    expect(data.filter((x: number) => x === 0).length / data.length).toBeCloseTo(0.3, 2);
    expect(average(data)).toBeCloseTo(1, 2);
  });

  test("at rate 0 keeps all, and refuses what is no rate", () => {
    expect(dropoutMask(key(1), [3], 0).data).toEqual(Float32Array.of(1, 1, 1));
    for (const rate of [1, -0.1, Number.NaN]) {
      expect(() => dropoutMask(key(1), [3], rate)).toThrow(expect.objectContaining({ name: "OptionError" }));
    }
  });
});

describe("shuffled", () => {
  test("is a permutation, the same for equal keys, and leaves the list as it is", () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    const order = shuffled(items, key(1));
    expect(order).not.toEqual(items);
    expect([...order].sort((a, b) => a - b)).toEqual(items);
    expect(items[99]).toBe(99);
    expect(shuffled(items, key(1))).toEqual(order);
    expect(shuffled(items, key(2))).not.toEqual(order);
    expect(shuffled([], key(1))).toEqual([]);
    expect(() => shuffled("abc" as never, key(1))).toThrow("shuffled: the items");
  });

  test("has every order of three equally often", () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const order = shuffled(["a", "b", "c"], key(seed)).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Six standard deviations of a binomial distribution of 6000 and 1/6.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt((6000 * 5) / 36));
  });
});
