import { describe, expect, test } from "vitest";
import { mapPool } from "../lib/pool.mjs";
import { hostsIn } from "../lockfile.mjs";
import { ceilingFor, compare, largePages } from "../sizes.mjs";

describe("sizes", () => {
  test("a package at its ceiling passes and one byte more fails", () => {
    expect(compare({ core: 100 }, { core: 100 })).toEqual([]);
    expect(compare({ core: 101 }, { core: 100 })[0]).toContain("packages/core: 101 bytes, 1 over its ceiling");
  });

  test("a package without a ceiling fails, and so does a ceiling without a package", () => {
    expect(compare({ core: 1 }, {})[0]).toContain("no ceiling");
    expect(compare({}, { core: 1 })[0]).toContain("core, which is not there");
  });

  test("a page as large as was promised passes and one byte more fails", () => {
    const pages = { language: { loader: "loadIt", most: 85 } } as never;
    expect(largePages({ language: 85 }, pages)).toEqual([]);
    expect(largePages({ language: 86 }, pages)).toEqual([
      "a page with loadIt and cpu(): 86 bytes, 1 more than the 85 that were promised",
    ]);
  });

  test("a ceiling leaves headroom of at least 15 %", () => {
    expect(ceilingFor(1000)).toBe(1200);
    expect(ceilingFor(10_000)).toBe(11_500);
  });
});

test("a lockfile line that names a host is found", () => {
  expect(hostsIn("a: 1\n    resolution: {integrity: sha512-x, tarball: https://example.org/a.tgz}\n")).toHaveLength(1);
  expect(hostsIn("    resolution: {integrity: sha512-x}\n")).toEqual([]);
});

test("a pool keeps the order and never runs more than its width at once", async () => {
  let running = 0;
  let most = 0;
  const results = await mapPool([5, 1, 3, 2], 2, async (ms) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, ms));
    running--;
    return ms * 10;
  });
  expect(results).toEqual([50, 10, 30, 20]);
  expect(most).toBe(2);
});
