import {
  type AttentionPicture,
  attentionFigure,
  attentionPicture,
  historyLine,
  parseHistory,
  reportPage,
  type Section,
  sectionsPage,
} from "@throughtime/report";
import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { historyOf, start, step } from "./support/runs.js";

/** A picture of one colour, but for its left upper pixel. */
function pixelsOf(width: number, height: number, alpha = 255) {
  const data = new Uint8ClampedArray(width * height * 4).map((_, i) => [200, 100, 50, alpha][i % 4] as number);
  data.set([1, 2, 3, alpha]);
  return { data, width, height };
}

/** All attention at one cell of 4 × 8. */
const at = (cell: number) => Float32Array.from({ length: 32 }, (_, i) => (i === cell ? 1 : 0));
const words = ["a", "red", "circle"];
const given = {
  pixels: pixelsOf(12, 6),
  words,
  attention: [at(0), at(13), at(31), at(5)],
  grid: { height: 4, width: 8 },
};
const picture = attentionPicture({ ...given, caption: "a red circle", references: ["a red circle", "a circle"] });

const sectionOf = (...pictures: AttentionPicture[]): Section => ({ kind: "attention", title: "Attention", pictures });
const pageOf = (...pictures: AttentionPicture[]) => sectionsPage([sectionOf(...pictures)], { title: "x" });

/** The pictures in a text, decoded, in their order. */
const imagesIn = (text: string) =>
  [...text.matchAll(/data:image\/png;base64,([A-Za-z0-9+/=]+)/g)].map(([, code]) =>
    decode(Uint8Array.from(atob(code as string), (character) => character.charCodeAt(0))),
  );

describe("a picture with its attention", () => {
  test("is plain JSON, with the pixels as they were", () => {
    expect(JSON.parse(JSON.stringify(picture))).toEqual(picture);
    expect(picture.panels.map(({ word }) => word)).toEqual(words);
    const [image] = imagesIn(picture.image);
    expect(image).toMatchObject({ width: 12, height: 6, channels: 3 });
    expect([...(image?.data.subarray(0, 6) ?? [])]).toEqual([1, 2, 3, 200, 100, 50]);
    const [glass] = imagesIn(attentionPicture({ pixels: pixelsOf(2, 1, 128) }).image);
    expect([...(glass?.data ?? [])]).toEqual([1, 2, 3, 128, 200, 100, 50, 128]);
  });

  test("has a panel for the end of the sentence where one is asked for", () => {
    const { panels } = attentionPicture({ ...given, end: "<end>" });
    expect(panels.map(({ word, weights }) => [word, weights.indexOf(1)])).toEqual([
      ["a", 0],
      ["red", 13],
      ["circle", 31],
      ["<end>", 5],
    ]);
    expect(attentionPicture({ ...given, attention: given.attention.slice(0, 3), end: "<end>" }).panels).toHaveLength(3);
  });

  test("keeps weights short", () => {
    const { panels } = attentionPicture({ ...given, words: [], attention: [at(0)], end: "." });
    expect(panels[0]?.weights).toHaveLength(32);
    const third = attentionPicture({ ...given, words: ["x"], attention: [new Float32Array(32).fill(1 / 3)] });
    expect(third.panels[0]?.weights[0]).toBe(0.3333);
  });

  test("of parts that do not belong together is an error that says so", () => {
    const of = (change: object) => () => attentionPicture({ ...given, ...change });
    expect(of({ words: ["a"] })).toThrow(/1 words and attention for 4; expected one each, or one more for the end/);
    expect(of({ grid: { height: 4, width: 7 } })).toThrow(/word 0 has 32 weights, for a grid of 4 × 7/);
    expect(of({ grid: undefined })).toThrow(/word 0 has 32 weights, for a grid of 0 × 0/);
    expect(of({ attention: [at(0), at(13), new Float32Array(32).fill(Number.NaN)] })).toThrow(
      /word 2 has a weight of NaN/,
    );
    expect(of({ pixels: { ...given.pixels, width: 5 } })).toThrow(/5 × 6 pixels of RGBA are 120 bytes, received 288/);
    expect(of({ pixels: "x.png" })).toThrow(/the pixels are the string "x.png"/);
    expect(of({ weights: [] })).toThrow(/the options have "weights"/);
    const noise = pixelsOf(620, 620);
    let state = 1;
    noise.data.forEach((_, i) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      noise.data[i] = state >>> 24;
    });
    expect(of({ pixels: noise })).toThrow(/620 × 620 pixels is too large for a report. Make it 400 pixels at most/);
  });
});

describe("the section", () => {
  test("shows the picture once, and over it a map for each word that is white where the weight is", () => {
    const page = pageOf(picture);
    expect(page.match(/<li/g)).toHaveLength(4);
    for (const word of words) expect(page).toContain(`<span>${word}</span>`);
    const [shown, ...maps] = imagesIn(page);
    expect([shown?.width, shown?.height]).toEqual([12, 6]);
    expect(maps).toHaveLength(3);
    maps.forEach(({ data, width, height }, t) => {
      const light = Array.from(data).filter((_, i) => i % 2 === 0);
      const brightest = light.indexOf(light.reduce((most, value) => Math.max(most, value), 0));
      const cell =
        Math.floor((4 * Math.floor(brightest / width)) / height) * 8 + Math.floor((8 * (brightest % width)) / width);
      expect(cell).toBe([0, 13, 31][t]);
      expect(light[brightest]).toBe(255);
      expect(light.filter((value) => value === 0).length).toBeGreaterThan(light.length / 2);
    });
    const ids = [...page.matchAll(/<image id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toHaveLength(1);
    expect([...page.matchAll(/<use xlink:href="#([^"]+)"/g)].map(([, id]) => id)).toEqual(Array(3).fill(ids[0]));
  });

  test("draws attention that is the same everywhere as gray, however small its weights are", () => {
    for (const weight of [1 / 32, 1e-4]) {
      const even = { word: "the", weights: Array(32).fill(weight), height: 4, width: 8 };
      const [, map] = imagesIn(pageOf({ ...picture, panels: [even] }));
      const levels = new Set(Array.from(map?.data ?? []).filter((_, i) => i % 2 === 0));
      expect(levels.size).toBe(1);
      expect([...levels][0]).toBeGreaterThan(100);
      expect([...levels][0]).toBeLessThan(160);
    }
    const none = { word: "the", weights: Array(32).fill(0), height: 4, width: 8 };
    expect(new Set(imagesIn(pageOf({ ...picture, panels: [none] }))[1]?.data).size).toBe(2); // black, and how much it covers
  });

  test("says whether the caption is right, and what would be", () => {
    expect(pageOf(picture)).toContain('<b class="right" dir="auto">a red circle</b>');
    expect(pageOf(picture)).toContain('right: <q dir="auto">a red circle</q> · <q dir="auto">a circle</q>');
    expect(pageOf({ ...picture, caption: "a blue circle" })).toContain('<b class="wrong" dir="auto">a blue circle</b>');
    expect(pageOf(attentionPicture({ pixels: given.pixels, caption: "a dog" }))).toContain(
      '<b class="" dir="auto">a dog</b>',
    );
  });

  test("gives pictures names of their own", () => {
    const other = attentionPicture({ ...given, pixels: pixelsOf(13, 6) });
    const ids = [...pageOf(picture, other).matchAll(/<image id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(2);
  });

  test("is read from a history and drawn in its report", () => {
    const line = historyLine(step(1, { sections: [sectionOf(picture)] }));
    expect(parseHistory(line).steps[0]?.sections).toEqual([sectionOf(picture)]);
    const html = reportPage([{ name: "x", history: historyOf(start(), step(1, { sections: [sectionOf(picture)] })) }]);
    expect(imagesIn(html)).toHaveLength(4);
  });

  test("refuses every other picture, in a history and on a page", () => {
    const panel = picture.panels[0] as (typeof picture.panels)[0];
    const bad: readonly object[] = [
      { image: "https://example.com/x.png" },
      { image: "data:image/svg+xml;base64,PHN2Zz4=" },
      { image: "data:text/html;base64,PHN2Zz4=" },
      { image: `${picture.image}" onload="alert(1)` },
      { image: `${picture.image}\n` },
      { image: `data:image/png;base64,${"A".repeat(2 ** 20)}` },
      { width: 0 },
      { width: 1e9 },
      { height: '1" onload="alert(1)' },
      { panels: [{ ...panel, word: 7 }] },
      { panels: [{ ...panel, width: 9 }] },
      { panels: [{ ...panel, height: 4.5 }] },
      { panels: [{ ...panel, weights: panel.weights.map(() => -1) }] },
      { panels: [{ ...panel, weights: panel.weights.map(() => null) }] },
      { panels: Array(501).fill(panel) },
      { caption: 1 },
      { name: {} },
      { references: "a" },
    ];
    for (const change of bad) {
      const section = sectionOf({ ...picture, ...change } as AttentionPicture);
      const line = JSON.stringify({ event: "step", step: 1, loss: 1, sections: [section] });
      expect(() => parseHistory(`${line}\n`), JSON.stringify(change).slice(0, 80)).toThrow(/step.sections/);
      expect(() => sectionsPage([section], { title: "x" })).toThrow(/the picture is none that can be drawn/);
      expect(() => attentionFigure({ ...picture, ...change } as AttentionPicture)).toThrow(/attentionFigure: the pict/);
    }
  });

  test("holds texts as texts, and its page may load nothing", () => {
    const hostile = '"><script>alert(1)</script>\u202e\ufffe';
    const said = { caption: hostile, name: hostile, references: [hostile] };
    const evil = { ...picture, ...said, panels: picture.panels.map((panel) => ({ ...panel, word: hostile })) };
    const page = pageOf(evil);
    for (const text of [page, attentionFigure(evil)]) {
      expect(text).not.toMatch(/<script|\u202e/);
      expect(text).toContain("&lt;script&gt;");
    }
    expect(attentionFigure(evil)).not.toContain("\ufffe");
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">`,
    );
  });
});

describe("the figure", () => {
  test("stands alone: the picture once, a map for each word, and no other address", () => {
    const figure = attentionFigure(picture);
    expect(figure).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(imagesIn(figure)).toHaveLength(4);
    expect(figure.replaceAll(/xmlns(:xlink)?="[^"]+"/g, "")).not.toMatch(/https?:/);
    expect([...figure.matchAll(/<text[^>]*>([^<]+)</g)].map(([, text]) => text)).toEqual([
      ...words,
      "a red circle",
      "right: a red circle · a circle",
    ]);
  });

  test("is as wide as it needs to be, and no wider than it may be", () => {
    const many = { ...picture, panels: Array.from({ length: 20 }, () => picture.panels[0] as never) };
    const sizeOf = (figure: string) =>
      figure
        .match(/width="([\d.]+)" height="([\d.]+)"/)
        ?.slice(1)
        .map(Number);
    const [wide, tall] = [attentionFigure(many), attentionFigure(many, { width: 360 })].map(sizeOf);
    expect(wide?.[0]).toBeLessThanOrEqual(720);
    expect(tall?.[0]).toBeLessThanOrEqual(360);
    expect(tall?.[1]).toBeGreaterThan(1.5 * (wide?.[1] as number));
    const { caption: _, references: __, ...bare } = picture;
    expect(sizeOf(attentionFigure({ ...bare, panels: bare.panels.slice(0, 1) }))?.[0]).toBeLessThan(340);
    expect(() => attentionFigure(picture, { width: 10 })).toThrow(/width is 10/);
    expect(() => attentionFigure(picture, { side: Number.NaN })).toThrow(/side is NaN/);
  });

  test("begins from the right where the words do", () => {
    const places = (figure: string) => [...figure.matchAll(/<svg x="([\d.]+)"/g)].map(([, x]) => Number(x)); // the picture, then the words
    const rising = places(attentionFigure(picture));
    expect(rising).toEqual([...rising].sort((a, b) => a - b));
    const panels = ["دائرة", "حمراء", "صغيرة"].map((word, i) => ({ ...(picture.panels[i] as never as object), word }));
    const falling = places(attentionFigure({ ...picture, panels: panels as never }));
    expect(falling).toEqual([...falling].sort((a, b) => b - a));
    expect(new Set(falling).size).toBe(4);
  });
});
