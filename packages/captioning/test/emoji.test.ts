import { cpu } from "@throughtime/backend-cpu";
import { EMOJI_SETS } from "@throughtime/image-data";
import { memoryStore } from "@throughtime/train";
import { expect, test } from "vitest";
import { captionTask } from "../src/task.js";
import { place } from "./support/pictures.js";
import { begun, trained, used } from "./support/training.js";

const backend = await cpu();
const COLOURS = ["red", "green", "blue", "gold", "teal", "plum"];
const SIZES = [3, 5, 7];
const CONCEPTS = COLOURS.flatMap((colour, c) =>
  SIZES.map((size, s) => ({ code: `1F${600 + 16 * c + s}`, colour, size })),
);

/** Discs by six artists, each with a background of its own, named in two languages. */
const packages = Object.fromEntries(
  EMOJI_SETS.flatMap(({ artist }, a) => {
    const icons = CONCEPTS.map(({ colour, size }, i) => [
      `${artist}-${i}`,
      {
        body: `<rect width="16" height="16" fill="#${a}${a}${a}"/><circle cx="8" cy="8" r="${size}" fill="${colour}"/>`,
      },
    ]);
    const chars = CONCEPTS.map(({ code }, i) => [code.toLowerCase(), `${artist}-${i}`]);
    return [
      [`npm:@iconify-json/${artist}/icons.json`, JSON.stringify({ prefix: artist, icons: Object.fromEntries(icons) })],
      [`npm:@iconify-json/${artist}/chars.json`, JSON.stringify(Object.fromEntries(chars))],
    ];
  }),
);
const names = (word: string) =>
  JSON.stringify(CONCEPTS.map(({ code, colour, size }) => ({ hexcode: code, label: `${word} ${colour} ${size}` })));
const here = place({
  ...packages,
  "npm:emojibase-data/en/data.json": names("disc"),
  "npm:emojibase-data/ko/data.json": names("원"),
});

const SMALL = {
  data: "emoji",
  size: 32,
  widths: "8,16",
  hidden: 32,
  embedding: 16,
  attentionSize: 16,
  batch: 16,
} as const;

test("drawings of one artist are kept apart; the same training goes on without being told of its data", async () => {
  const store = memoryStore();
  const given = { ...SMALL, language: "ko", steps: 4, dropout: 0, augment: "none", score: 2 } as const;
  const { prepared, last } = await trained(given, { backend, ...here, store });
  expect(prepared.introduction[0]).toMatch(
    /^emoji, ko, unseen drawings, by fluent-emoji-flat: trains on (\d+) captions of \1 pictures, validates on \d+ pictures, keeps 18 for eval; a vocabulary of 14$/,
  );
  const again = await trained({ steps: 5 }, { backend, ...here, store, resume: true });
  expect(again.reports.at(-1)?.step).toBe(5);
  const { json } = await used(captionTask.evaluate, last, { nearest: true, beam: 1 }, { backend, ...here });
  expect(json[0]).toMatchObject({ part: "test", pictures: 18, nearest: { pictures: 18, exact: expect.any(Number) } });
}, 90_000);

test("all drawings of some concepts are kept apart", async () => {
  const { prepared } = await begun({ ...SMALL, split: "concept" }, { backend, ...here });
  expect(prepared.introduction[0]).toMatch(/^emoji, en, unseen concepts: trains on/);
  expect((prepared.facts as { data: { pictures: number } }).data.pictures % 6).toBe(0);
});

test("what is not installed is named", async () => {
  await expect(begun({ ...SMALL }, { backend, ...place({}) })).rejects.toThrow(
    /Install the drawings and their names: npm install emojibase-data @iconify-json\/twemoji/,
  );
});
