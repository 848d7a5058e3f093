import type { Browser } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attentionFigure, attentionPicture, sectionsPage } from "../../../packages/report/src/index.js";
import { chromiumPath, launch } from "./support/chromium.js";
import { laidOut, meetings } from "./support/laid-out.js";

const path = chromiumPath();

const GRID = { height: 6, width: 8 };
const words = (text: string) => text.split(" ");

/** A gray picture, with all attention at one cell for each word. */
function pictureOf(
  said: readonly string[],
  [width, height]: readonly [number, number] = [80, 60],
  references?: string[],
) {
  const data = new Uint8Array(width * height * 4).map((_, i) => (i % 4 === 3 ? 255 : 90));
  const attention = said.map((_, t) => Float32Array.from({ length: 48 }, (__, i) => (i === cellOf(t) ? 1 : 0)));
  const texts = { caption: said.join(said.length > 30 ? "" : " "), ...(references ? { references } : {}) };
  return attentionPicture({ pixels: { data, width, height }, words: said, attention, grid: GRID, ...texts });
}

const cellOf = (t: number) => (11 * t + 9) % 48;

const TWENTY = words(
  "a man in a black jacket and a woman with an umbrella are walking down the wet street beside cars",
);

describe.skipIf(path === undefined)("attention over a picture", { timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(path as string);
  });
  afterAll(() => browser?.close());

  test.each<[string, readonly string[], readonly [number, number]]>([
    ["of one word", ["circle"], [60, 60]],
    ["of twenty words", TWENTY, [80, 60]],
    ["of a tall picture", TWENTY, [20, 200]],
    ["of a wide picture", TWENTY, [300, 30]],
    ["of long words", words(`ein Donaudampfschifffahrtsgesellschaftskapitänspatent ${"W".repeat(300)} Hund`), [60, 60]],
    ["written from the right", words("دائرة حمراء صغيرة على يسار مربع أزرق كبير"), [80, 60]],
    ["in Korean", words("왼쪽에 있는 작은 빨간 동그라미와 오른쪽의 커다란 파란 네모"), [80, 60]],
    [
      "in Chinese, without spaces",
      [..."一个小的红色圆圈在一个大的蓝色正方形的左边而且这句话很长很长很长很长很长"],
      [80, 60],
    ],
    ["of odd characters", ["<b>", "&", "\u202e", "👩🏽‍🚀", "\ufffe", "\u0301"], [80, 60]],
  ])("%s has room for its words, and none stands on another", async (_, said, size) => {
    const references = ["a couple under an umbrella on a city street with many parked cars and shops on both sides"];
    for (const width of [720, 360]) {
      const figure = attentionFigure(pictureOf(said, size, references), { width });
      const laid = await laidOut(browser, figure);
      expect(laid.width).toBeLessThanOrEqual(width);
      const outside = laid.texts.filter(
        ({ left, top, right, bottom }) => left < 0 || top < 0 || right > laid.width || bottom > laid.height,
      );
      expect(outside.map(({ label }) => label)).toEqual([]);
      expect(meetings(laid.texts)).toEqual([]);
      expect(laid.texts.length).toBeGreaterThan(said.length);
    }
  });

  /** The lightest cell of each panel as it is drawn, and what the page asked the network for. */
  async function lightIn(selector: string, address: string) {
    const context = await browser.newContext({ viewport: { width: 900, height: 1200 } });
    const page = await context.newPage();
    const asked: string[] = [];
    page.on("request", ({ url }) => url().startsWith("data:") || asked.push(url()));
    await page.goto(address);
    const cells = [];
    for (const panel of await page.locator(selector).all()) {
      const shot = sharp(await panel.screenshot()).grayscale();
      const light = await shot.resize(GRID.width, GRID.height, { fit: "fill" }).raw().toBuffer();
      cells.push(light.indexOf(Math.max(...light.subarray(0, 48))));
    }
    await context.close();
    return { cells, asked };
  }

  const picture = pictureOf(words("a red circle left of it"));
  const expected = picture.panels.map((_, t) => cellOf(t));

  test("is lightest where the weight is, in a figure", async () => {
    const address = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(attentionFigure(picture))}`;
    const { cells, asked } = await lightIn("g > svg:has(use)", address);
    expect(cells).toEqual(expected);
    expect(asked).toEqual([]);
  });

  test("is lightest where the weight is, on a page, which asks the network for nothing", async () => {
    const page = sectionsPage([{ kind: "attention", title: "Attention", pictures: [picture] }], { title: "x" });
    const address = `data:text/html;charset=utf-8,${encodeURIComponent(page)}`;
    const { cells, asked } = await lightIn(".attention li + li svg", address);
    expect(cells).toEqual(expected);
    expect(asked).toEqual([]);
  });
});
