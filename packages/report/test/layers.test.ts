import { ndarray, zerosArray } from "@throughtime/core";
import { layersBytes, layersOf, layersText, layersTotal } from "@throughtime/report";
import { expect, test } from "vitest";

test("layers are a tree's arrays with their paths, shapes and numbers", () => {
  const layers = layersOf({ cells: [{ W: zerosArray([3, 8], "f32") }], b: zerosArray([8], "f32"), scale: ndarray(1) });
  expect(layers).toEqual([
    { path: "cells.0.W", shape: [3, 8], dtype: "f32", count: 24 },
    { path: "b", shape: [8], dtype: "f32", count: 8 },
    { path: "scale", shape: [], dtype: "f32", count: 1 },
  ]);
  expect(layersTotal(layers)).toBe(33);
  expect(layersBytes(layers)).toBe(132);
  expect(layersText(layers).split("\n")).toEqual([
    "cells.0.W  [3, 8]  24",
    "b          [8]      8",
    "scale      []       1",
    "all                33  132 B",
  ]);
});

test("what is no tree of host arrays is an error that says where", () => {
  expect(() => layersOf({ W: undefined, b: "no" })).toThrow(/layersOf: params\.b/);
});
