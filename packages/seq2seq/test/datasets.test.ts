import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { memoryFiles } from "@throughtime/task";
import { describe, expect, test } from "vitest";
import { type DatasetPair, datasetPairs } from "../src/task/datasets/dataset.js";
import type { DatasetSettings } from "../src/translation/description.js";

// The app that has the names of emoji among its own.
const require = createRequire(new URL("../../../apps/cli/package.json", import.meta.url));
const names = (language: string) => readFileSync(require.resolve(`emojibase-data/${language}/data.json`));
const files = memoryFiles(
  Object.fromEntries(
    ["en", "de", "ko"].map((language) => [`npm:emojibase-data/${language}/data.json`, names(language)]),
  ),
);
const pairsOf = async (settings: DatasetSettings) =>
  (await datasetPairs(settings, files)).read() as readonly DatasetPair[];

const DATASETS: readonly DatasetSettings[] = [
  { name: "reverse", seed: 1 },
  { name: "dates", seed: 1 },
  { name: "emoji-names", from: "en", to: "de" },
  { name: "emoji-names", from: "en", to: "ko" },
];
const parts = (pairs: readonly DatasetPair[]) => ({
  train: pairs.filter(({ part }) => part === "train"),
  validation: pairs.filter(({ part }) => part === "validation"),
  test: pairs.filter(({ part }) => part === "test"),
});

describe.each(DATASETS)("$name $to", async (task) => {
  const pairs = await pairsOf(task);

  test("gives the same pairs for the same settings, with both sides", async () => {
    expect(await pairsOf(task)).toEqual(pairs);
    expect(pairs.every(({ source, target }) => source !== "" && target !== "")).toBe(true);
    for (const part of Object.values(parts(pairs))) expect(part.length).toBeGreaterThan(300);
  });

  test("measures on no source that it trains on", () => {
    const { train, validation, test: unseen } = parts(pairs);
    const learned = new Set(train.map(({ source }) => source));
    expect([...validation, ...unseen].filter(({ source }) => learned.has(source))).toEqual([]);
    const validated = new Set(validation.map(({ source }) => source));
    // Emoji of two concepts may share a name; that two measured parts do is no leak.
    if (task.name === "reverse") expect(unseen.filter(({ source }) => validated.has(source))).toEqual([]);
  });
});

test("reverse is as long as 25, has 50 words, and is backwards", async () => {
  const pairs = await pairsOf({ name: "reverse", seed: 3 });
  expect(pairs.every(({ source, target }) => source.split(" ").reverse().join(" ") === target)).toBe(true);
  expect(Math.max(...pairs.map(({ source }) => source.split(" ").length))).toBe(25);
  expect(new Set(pairs.flatMap(({ source }) => source.split(" "))).size).toBe(50);
  expect(pairs.slice(0, 9)).not.toEqual((await pairsOf({ name: "reverse", seed: 4 })).slice(0, 9));
});

test("dates are days of the Gregorian calendar with their locale first, and no day that is measured is trained on", async () => {
  const pairs = await pairsOf({ name: "dates", seed: 1 });
  const { train, validation, test: unseen } = parts(pairs);
  for (const { source, target } of pairs.slice(0, 500)) {
    expect(target).toMatch(/^(1[89]|2[01])\d\d-\d\d-\d\d$/);
    expect(new Date(`${target}T00:00:00Z`).toISOString().slice(0, 10)).toBe(target);
    expect(source).toMatch(/^[a-z]{2}-[A-Z]{2} .*\p{Nd}/u);
  }
  const days = new Set(train.map(({ target }) => target));
  expect([...validation, ...unseen].filter(({ target }) => days.has(target))).toEqual([]);
  // Every format that is measured is one that was seen.
  expect(new Set(unseen.map(({ source }) => source.slice(0, 5))).size).toBe(36);
  expect(pairs).toContainEqual(expect.objectContaining({ source: expect.stringMatching(/^ar-EG .*[٠-٩]{4}/) }));
});

test("emoji of one concept are in one part, with all their skin tones", async () => {
  const pairs = await pairsOf({ name: "emoji-names", from: "en", to: "de" });
  const concepts = new Map<string, Set<string>>();
  for (const { source, part } of pairs) {
    // "man: light skin tone, red hair" is "man: red hair" with a tone.
    const [name, more = ""] = source.split(": ");
    const marks = more.split(", ").filter((mark) => mark !== "" && !mark.endsWith("skin tone"));
    const concept = [name, ...marks].join(": ");
    if (source !== concept) concepts.set(concept, (concepts.get(concept) ?? new Set()).add(part));
  }
  expect(concepts.size).toBeGreaterThan(100);
  expect([...concepts].filter(([, own]) => own.size > 1)).toEqual([]);
  expect(pairs.length).toBeGreaterThan(3800);
  expect(pairs).toContainEqual(expect.objectContaining({ source: "grinning face", target: "grinsendes Gesicht" }));
});
