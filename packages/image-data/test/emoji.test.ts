import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type EmojiDrawing, emojiDrawings, holdOutArtist, holdOutConcepts, readEmoji } from "@throughtime/image-data";
import { preprocessing } from "@throughtime/vision";
import { decodeAll } from "@throughtime/vision/node";
import { describe, expect, test } from "vitest";

const WAVE = {
  hexcode: "1F44B",
  label: "waving hand",
  tags: ["hello", "hand"],
  skins: [{ hexcode: "1F44B-1F3FB", label: "waving hand: light skin tone" }],
};
const english = [
  WAVE,
  { hexcode: "2764-FE0F", label: "red heart", tags: ["love"] },
  { hexcode: "1F1E6-1F1EB", label: "flag: Afghanistan", tags: [] },
  { hexcode: "2603-FE0F", label: "snowman" },
  { hexcode: "1F449", label: "backhand index pointing right" },
  { hexcode: "1FA85", label: "piñata" },
];
const korean = [
  { ...WAVE, label: "흔드는 손", skins: [{ hexcode: "1F44B-1F3FB", label: "흔드는 손: 하얀 피부" }] },
  { hexcode: "2764", label: "빨간색 하트" },
];
const icon = (name: string) => ({ body: `<path id="${name}"/>` });
const icons = (prefix: string, names: readonly string[], more: object = {}) => ({
  prefix,
  icons: Object.fromEntries(names.map((name) => [name, icon(name)])),
  ...more,
});
const svgOf = ({ source }: EmojiDrawing) => ("bytes" in source ? new TextDecoder().decode(source.bytes) : "none");
const joined = (drawings: readonly EmojiDrawing[]) =>
  drawings.map(({ source, hexcode, captions }) => [source.name, hexcode, ...captions]);

describe("emojiDrawings", () => {
  const byCode = {
    icons: icons("a", ["waving-hand", "waving-hand-light", "heart", "old-heart"], {
      aliases: { love: { parent: "heart" } },
    }),
    chars: { "1f44b": "waving-hand", "1f44b-1f3fb": "waving-hand-light", "2764": "heart", "1f600": "old-heart" },
  };

  test("joins icons and names by code points, and knows tones as tones of one concept", () => {
    const drawings = emojiDrawings([byCode], english);
    expect(joined(drawings)).toEqual([
      ["a/waving-hand.svg", "1F44B", "waving hand"],
      ["a/waving-hand-light.svg", "1F44B-1F3FB", "waving hand: light skin tone"],
      ["a/heart.svg", "2764", "red heart"],
    ]);
    expect(drawings.map(({ concept, artist }) => [concept, artist])).toEqual([
      ["1F44B", "a"],
      ["1F44B", "a"],
      ["2764", "a"],
    ]);
  });

  test("finds an icon without code points by the English name, however it is written, and by names and aliases of other sets", () => {
    const names = [
      "wavinghand",
      "waving-hand-light-skin-tone",
      "flag-for-afghanistan",
      "love",
      "heart",
      "pinata",
      "zebra",
    ];
    const byName = { icons: icons("b", names), chars: {} };
    expect(joined(emojiDrawings([byName, byCode], english)).slice(0, -3)).toEqual([
      ["b/wavinghand.svg", "1F44B", "waving hand"],
      ["b/waving-hand-light-skin-tone.svg", "1F44B-1F3FB", "waving hand: light skin tone"],
      ["b/flag-for-afghanistan.svg", "1F1E6-1F1EB", "flag: Afghanistan"],
      ["b/love.svg", "2764", "red heart"],
      ["b/pinata.svg", "1FA85", "piñata"],
    ]);
    expect(joined(emojiDrawings([byName], korean, { english }))).toEqual([
      ["b/wavinghand.svg", "1F44B", "흔드는 손"],
      ["b/waving-hand-light-skin-tone.svg", "1F44B-1F3FB", "흔드는 손: 하얀 피부"],
    ]);
  });

  test("leaves out icons whose name several emoji have, and takes no mirrored alias for its parent", () => {
    const mirrored = { "backhand-left": { parent: "backhand", hFlip: true } };
    const first = {
      icons: icons("a", ["backhand", "snowman"], { aliases: mirrored }),
      chars: { "1f449": "backhand", "1f600": "snowman" },
    };
    const second = { icons: icons("b", ["backhand-left", "snowman", "backhand"]) };
    expect(joined(emojiDrawings([first, second], english))).toEqual([
      ["a/backhand.svg", "1F449", "backhand index pointing right"],
      ["b/backhand.svg", "1F449", "backhand index pointing right"],
    ]);
  });

  test("makes an SVG of an icon's own size, or its set's, or Iconify's", () => {
    const set = {
      prefix: "a",
      icons: { "waving-hand": { body: "<g/>", left: -1, width: 20 }, snowman: { body: "<path/>" } },
      height: 36,
    };
    const head = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox=`;
    expect(emojiDrawings([{ icons: set }], english).map(svgOf)).toEqual([
      `${head}"-1 0 20 36"><g/></svg>`,
      `${head}"0 0 16 36"><path/></svg>`,
    ]);
  });

  test("gives tags as further captions when it is asked to", () => {
    const [first, second] = emojiDrawings([byCode], english, { tags: true });
    expect(first?.captions).toEqual(["waving hand", "hello", "hand"]);
    expect(second?.captions).toEqual(["waving hand: light skin tone", "hello", "hand"]);
  });

  test.each<[string, unknown, unknown, unknown, string]>([
    ["no set", 3, {}, english, "emoji: icons.json is the number 3; expected an object."],
    ["a set without name", { icons: {} }, {}, english, "emoji: icons.json has no prefix"],
    [
      "an icon without body",
      { prefix: "a", icons: { x: {} } },
      {},
      english,
      `emoji: "x" of icons.json of "a" has no body`,
    ],
    ["a size that is none", { prefix: "a", icons: { x: { body: "", width: "9" } } }, {}, english, "emoji: width of"],
    ["icons in a list", { prefix: "a", icons: [] }, {}, english, `emoji: icons of icons.json of "a" is`],
    [
      "characters of no name",
      { prefix: "a", icons: {} },
      { "1f600": 1 },
      english,
      `emoji: "1f600" in chars.json of "a" is the number 1`,
    ],
    ["names in no list", { prefix: "a", icons: {} }, {}, { a: 1 }, "emoji: the names are"],
    [
      "a name that is none",
      { prefix: "a", icons: {} },
      {},
      [WAVE, { label: "x" }],
      "emoji: the names' [1] is no emoji",
    ],
    [
      "a tone that is none",
      { prefix: "a", icons: {} },
      {},
      [{ ...WAVE, skins: [null] }],
      "emoji: the names' [0].skins[0] is null",
    ],
  ])("refuses %s", (_, set, chars, names, message) => {
    const run = () => emojiDrawings([{ icons: set, chars }], names);
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ name: "DataError" }));
  });
});

const require = createRequire(import.meta.url);
const installed = async (path: string) => JSON.parse(await readFile(require.resolve(path), "utf8"));

describe("real emoji", () => {
  const read = (language: string) => readEmoji(installed, { language, artists: ["emojione", "fxemoji"] });

  test("of two sets that know no code points are found by their names", async () => {
    const drawings = await read("en");
    const count = (artist: string) => drawings.filter((one) => one.artist === artist).length;
    // Of 1,834 and 1,034; more with the other sets, whose icons have code points.
    expect(count("emojione")).toBeGreaterThan(1600);
    expect(count("fxemoji")).toBeGreaterThan(450);
    const labels = new Map(drawings.map(({ source, captions, hexcode }) => [source.name, [hexcode, captions[0]]]));
    for (const [name, expected] of Object.entries({
      "emojione/1st-place-medal.svg": ["1F947", "1st place medal"],
      "emojione/flag-for-brazil.svg": ["1F1E7-1F1F7", "flag: Brazil"],
      "emojione/ear-medium-light-skin-tone.svg": ["1F442-1F3FC", "ear: medium-light skin tone"],
      "emojione/family-man-man-girl-girl.svg": [
        "1F468-200D-1F468-200D-1F467-200D-1F467",
        "family: man, man, girl, girl",
      ],
      "fxemoji/aerialtramway.svg": ["1F6A1", "aerial tramway"],
      "fxemoji/koala.svg": ["1F428", "koala"],
    })) {
      expect(labels.get(name), name).toEqual(expected);
    }
    expect(new Set(drawings.map(({ artist, hexcode }) => artist + hexcode)).size).toBe(drawings.length);
  });

  test("have names in Korean for the same drawings, and all can be drawn", async () => {
    const [inEnglish, inKorean] = [await read("en"), await read("ko")];
    expect(inKorean.map(({ source }) => source.name)).toEqual(inEnglish.map(({ source }) => source.name));
    const chosen = inKorean.filter(({ hexcode }) => ["1F34E", "1F34F"].includes(hexcode));
    expect(chosen.map(({ captions }) => captions[0])).toEqual(["초록 사과", "빨간 사과", "초록 사과", "빨간 사과"]);
    const some = inKorean.filter((_, i) => i % 40 === 0);
    let drawn = 0;
    for await (const { array, error } of decodeAll(
      [...chosen, ...some].map(({ source }) => source),
      preprocessing({ size: [16, 16] }),
    )) {
      expect(error).toBeUndefined();
      if (drawn++ >= chosen.length) continue;
      // More red than green where it is a red apple.
      const [red, green] = [0, 1].map((c) =>
        Array.from(array?.data.subarray(c * 256, (c + 1) * 256) ?? []).reduce((a, b) => a + b),
      );
      const isRed = chosen[drawn - 1]?.hexcode === "1F34E";
      expect((red as number) > (green as number)).toBe(isRed);
    }
    expect(drawn).toBe(chosen.length + some.length);
  });
});

describe("readEmoji", () => {
  test("says what to install where a file is not there", async () => {
    const none = () => Promise.reject(new Error("no such file"));
    await expect(readEmoji(none, { artists: ["noto", "twemoji"] })).rejects.toThrow(
      `readEmoji: "emojibase-data/en/data.json" cannot be read. Install the drawings and their names: npm install emojibase-data @iconify-json/noto @iconify-json/twemoji (no such file)`,
    );
    const names = async (path: string) => (path.startsWith("emojibase") ? english : none());
    await expect(readEmoji(names)).rejects.toThrow(`readEmoji: "@iconify-json/twemoji/icons.json" cannot be read.`);
  });

  test("refuses artists that there are not", async () => {
    await expect(readEmoji(installed, { artists: ["apple" as never] })).rejects.toThrow(
      /there is no artist "apple"; expected some of twemoji, noto/,
    );
    await expect(readEmoji(installed, { artists: [] })).rejects.toThrow(/there are no artists/);
  });
});

describe("splits", () => {
  const drawings = emojiDrawings(
    [
      { icons: icons("a", ["waving-hand", "waving-hand-light-skin-tone", "snowman"]) },
      { icons: icons("b", ["waving-hand", "red-heart", "snowman"]) },
    ],
    english,
  );

  test("holdOutArtist tests on drawings of one artist, of emoji that others drew", () => {
    const split = holdOutArtist(drawings, "b");
    expect(split.map(({ source, part }) => [source.name, part])).toEqual([
      ["a/waving-hand.svg", "train"],
      ["a/waving-hand-light-skin-tone.svg", "train"],
      ["a/snowman.svg", "train"],
      ["b/waving-hand.svg", "test"],
      ["b/snowman.svg", "test"],
    ]);
    expect(() => holdOutArtist(drawings, "c")).toThrow(`holdOutArtist: no drawing is by "c"; there are a, b.`);
  });

  test("holdOutConcepts keeps a concept's drawings and tones together", () => {
    const split = holdOutConcepts(drawings, (concept) => (concept === "1F44B" ? "test" : "train"));
    expect(split.filter(({ part }) => part === "test").map(({ source }) => source.name)).toEqual([
      "a/waving-hand.svg",
      "a/waving-hand-light-skin-tone.svg",
      "b/waving-hand.svg",
    ]);
    expect(split.length).toBe(drawings.length);
  });
});
