import { flattenTree, isNdArray, key } from "@throughtime/core";
import { expect, test } from "vitest";
import { charModel, charModelSize } from "../src/index.js";

test.each(["rnn", "gru", "lstm"] as const)("charModelSize counts the parameters that a %s model has", (cell) => {
  const description = { cell, vocabularySize: 7, embeddingSize: 5, hiddenSize: 6, layers: 3 };
  const { leaves } = flattenTree(charModel(description).init(key(1)), isNdArray);
  expect(charModelSize(description)).toBe(leaves.reduce((sum, { data }) => sum + data.length, 0));
});
