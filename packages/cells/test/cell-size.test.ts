import { flattenTree, isNdArray, key, type NdArray } from "@throughtime/core";
import { expect, test } from "vitest";
import { cellSize, lstm } from "../src/index.js";
import { ALL_CELLS, ALL_SEQUENCE_CELLS } from "./all-cells.js";

test("cellSize counts what init draws, of cells of every kind, and takes no memory for it", () => {
  for (const { make } of [...ALL_CELLS, ...ALL_SEQUENCE_CELLS]) {
    const cell = make({ inputSize: 4, hiddenSize: 5 });
    if (!cell.layout) continue;
    const { leaves } = flattenTree<NdArray>(cell.init(key(1)), isNdArray);
    expect(cellSize(cell), cell.name).toBe(leaves.reduce((sum, { data }) => sum + data.length, 0));
  }
  expect(cellSize(lstm({ inputSize: 1e6, hiddenSize: 1e6 }))).toBe(8e12 + 4e6);
});

test("cellSize says where there is no layout", () => {
  expect(() => cellSize({ name: "own" })).toThrow(
    "cellSize: own has no layout, so its size is known only once init has drawn it.",
  );
});
