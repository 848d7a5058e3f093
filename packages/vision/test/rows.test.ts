import { memoryRows } from "@throughtime/vision";
import { describe, expect, test } from "vitest";

describe("rows in memory", () => {
  test("are read by their keys, in any order, rounded to f16", async () => {
    const rows = memoryRows({ width: 2 });
    await rows.write("a", Float32Array.of(1, 0.1));
    await rows.write("b", Float32Array.of(-2, 65504));
    await rows.write("a", Float32Array.of(7, 7));
    expect([await rows.has("a"), await rows.has("c"), rows.width, rows.place]).toEqual([true, false, 2, "memory"]);
    const tenth = 0.0999755859375;
    const [all] = await rows.read(["b", "a", "b"]);
    expect(all).toEqual(Float32Array.of(-2, 65504, 1, tenth, -2, 65504));
    expect(await rows.read(["b", "a"], [1, 1])).toEqual([Float32Array.of(-2, 1), Float32Array.of(65504, tenth)]);
    await expect(rows.read(["b"], [1, 2])).rejects.toThrow(
      "memoryRows: the parts 1 + 2 are read of rows of 2 numbers.",
    );
    await expect(rows.read(["a", "c"])).rejects.toThrow("memoryRows: there is no row of the key c.");
  });

  test("are exact as f32", async () => {
    const rows = memoryRows({ width: 1, dtype: "f32" });
    await rows.write("a", Float32Array.of(1e38));
    expect(await rows.read(["a"])).toEqual([Float32Array.of(1e38)]);
  });

  test("refuse what they do not hold", async () => {
    const rows = memoryRows({ width: 2 });
    await expect(rows.write("a", Float32Array.of(1))).rejects.toThrow("a row of 1 numbers is written; expected 2.");
    await expect(rows.write("a", Float32Array.of(0, 65520))).rejects.toThrow(
      "a row holds 65520 at 1; f16 holds numbers up to 65504. Store it as f32.",
    );
    await expect(rows.write("a", Float32Array.of(Number.NaN, 0))).rejects.toThrow("holds NaN at 0; expected finite");
    expect(await rows.has("a")).toBe(false);
    await rows.write("a", Float32Array.of(65519, -65519));
    expect(() => memoryRows({ width: 0 })).toThrow(/width is 0/);
    expect(() => memoryRows({ width: 1, dtype: "f64" as never })).toThrow(/dtype is f64; expected "f16" or "f32"/);
  });
});
