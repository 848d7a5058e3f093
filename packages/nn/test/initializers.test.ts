import { type Key, key, type NdArray } from "@throughtime/core";
import {
  constantInitializer,
  glorotNormal,
  glorotUniform,
  heNormal,
  type Initializer,
  normalInitializer,
  orthogonal,
  perGate,
  uniformFanIn,
  zerosInitializer,
} from "@throughtime/nn";
import { describe, expect, test } from "vitest";

const seed: Key = key(7);
const moments = ({ data }: NdArray) => {
  const values = [...data];
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, std: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length) };
};
const largest = ({ data }: NdArray) => Math.max(...[...data].map(Math.abs));
const at = ({ data, shape }: NdArray, i: number, j: number) => data[i * (shape[1] as number) + j] as number;

const ALL: readonly (readonly [string, Initializer])[] = [
  ["glorotUniform", glorotUniform()],
  ["glorotNormal", glorotNormal()],
  ["heNormal", heNormal()],
  ["orthogonal", orthogonal()],
  ["uniformFanIn", uniformFanIn(40)],
  ["normalInitializer", normalInitializer(0.1)],
  ["constantInitializer", constantInitializer(3)],
  ["zerosInitializer", zerosInitializer()],
  ["perGate", perGate(glorotUniform(), 4)],
];

describe.each(ALL)("%s", (_, initializer) => {
  test("gives equal values for equal keys, as f32 of the asked shape", () => {
    const first = initializer(seed, [6, 8]);
    expect(first.shape).toEqual([6, 8]);
    expect(first.dtype).toBe("f32");
    expect(first.data).toEqual(initializer(seed, [6, 8]).data);
  });
});

test.each(ALL.slice(0, 6))("%s gives other values for another key", (_, initializer) => {
  expect(initializer(seed, [6, 8]).data).not.toEqual(initializer(key(8), [6, 8]).data);
});

test("heNormal has the variance 2 / fanIn, of a matrix and of a kernel", () => {
  for (const shape of [
    [200, 300],
    [100, 8, 5, 5],
  ]) {
    const { mean, std } = moments(heNormal()(seed, shape));
    expect(Math.abs(mean)).toBeLessThan(0.002);
    expect(std).toBeCloseTo(0.1, 3);
  }
  expect(moments(heNormal(1)(seed, [200, 300])).std).toBeCloseTo(Math.SQRT1_2 / 10, 3);
  expect(() => heNormal()(seed, [3])).toThrow(/heNormal: expected a matrix .* or a kernel .*received shape \[3\]/);
});

describe("Glorot", () => {
  const [fanIn, fanOut] = [120, 280];
  const std = Math.sqrt(2 / (fanIn + fanOut));

  test("uniform fills [-√(6/(in+out)), √(6/(in+out))] with variance 2/(in+out)", () => {
    const drawn = glorotUniform()(seed, [fanIn, fanOut]);
    const bound = Math.sqrt(6 / (fanIn + fanOut));
    expect(largest(drawn)).toBeLessThanOrEqual(bound);
    expect(largest(drawn)).toBeGreaterThan(0.99 * bound);
    expect(moments(drawn).std / std).toBeCloseTo(1, 1);
    expect(moments(drawn).mean).toBeCloseTo(0, 3);
  });

  test("normal has variance 2/(in+out), times the gain squared", () => {
    expect(moments(glorotNormal()(seed, [fanIn, fanOut])).std / std).toBeCloseTo(1, 1);
    expect(moments(glorotNormal(3)(seed, [fanIn, fanOut])).std / std).toBeCloseTo(3, 1);
  });

  test("refuses a vector, which has no fans, and says so", () => {
    expect(() => glorotUniform()(seed, [5])).toThrow(/glorotUniform.*matrix.*\[5\]/);
  });
});

describe("orthogonal", () => {
  const products = (m: NdArray, over: "rows" | "columns") => {
    const [rows, columns] = m.shape as readonly [number, number];
    const [count, length] = over === "rows" ? [rows, columns] : [columns, rows];
    const value = (i: number, k: number) => (over === "rows" ? at(m, i, k) : at(m, k, i));
    return Array.from({ length: count }, (_, i) =>
      Array.from({ length: count }, (_, j) => {
        let sum = 0;
        for (let k = 0; k < length; k++) sum += value(i, k) * value(j, k);
        return sum;
      }),
    );
  };

  test.each([
    ["rows", 24, 24],
    ["columns", 24, 24],
    ["rows", 8, 24],
    ["columns", 24, 8],
  ] as const)("has orthonormal %s at %i × %i", (over, rows, columns) => {
    products(orthogonal()(seed, [rows, columns]), over).forEach((line, i) => {
      line.forEach((product, j) => {
        expect(product).toBeCloseTo(i === j ? 1 : 0, 5);
      });
    });
  });

  test("scales by its gain", () => {
    expect(products(orthogonal(2)(seed, [8, 8]), "rows")[3]?.[3]).toBeCloseTo(4, 5);
  });
});

test("uniformFanIn fills [-1/√n, 1/√n] whatever the shape", () => {
  const drawn = uniformFanIn(16)(seed, [3000]);
  expect(largest(drawn)).toBeLessThanOrEqual(0.25);
  expect(largest(drawn)).toBeGreaterThan(0.249);
  expect(moments(drawn).mean).toBeCloseTo(0, 1);
  expect(() => uniformFanIn(0)).toThrow(/uniformFanIn.*positive/);
});

test("normalInitializer has the asked mean and standard deviation", () => {
  const { mean, std } = moments(normalInitializer(0.5, 2)(seed, [100, 100]));
  expect(mean).toBeCloseTo(2, 1);
  expect(std).toBeCloseTo(0.5, 1);
});

describe("perGate", () => {
  test("makes each gate's own block orthogonal", () => {
    const fused = perGate(orthogonal(), 4)(seed, [5, 20]);
    for (let gate = 0; gate < 4; gate++) {
      for (let i = 0; i < 5; i++) {
        let square = 0;
        for (let j = 0; j < 5; j++) square += at(fused, i, gate * 5 + j) ** 2;
        expect(square).toBeCloseTo(1, 5);
      }
    }
    expect(at(fused, 0, 0)).not.toBe(at(fused, 0, 5));
  });

  test("takes one initializer for each gate, in their order", () => {
    const b = perGate([zerosInitializer(), constantInitializer(1), zerosInitializer()])(seed, [6]);
    expect([...b.data]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  test("refuses an axis that the gates do not divide", () => {
    expect(() => perGate(zerosInitializer(), 4)(seed, [6])).toThrow(/perGate.*\[6\].*4 gates/);
  });
});
