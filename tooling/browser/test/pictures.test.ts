import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preprocessing } from "@throughtime/vision";
import { readImage } from "@throughtime/vision/node";
import type { Browser, Page } from "playwright-core";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PicturesApi } from "../pages/pictures.js";
import { bundledPage } from "./support/bundle.js";
import { chromiumPath, launch, openPage } from "./support/chromium.js";
import { type Server, serve } from "./support/server.js";

/** In pages: what the bundle of pages/pictures.ts puts there. */
declare const pictures: PicturesApi;

/** Waves, and a circle with a sharp edge. */
function drawn(width: number, height: number, alpha?: (x: number, y: number) => number): Sharp {
  const channels = alpha ? 4 : 3;
  const data = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const circle = (x - width * 0.6) ** 2 + (y - height * 0.4) ** 2 < (height / 4) ** 2;
      const colour = [
        128 + 100 * Math.sin(x / 20),
        128 + 100 * Math.cos(y / 30),
        circle ? 210 : 60,
        alpha?.(x, y) ?? 255,
      ];
      data.set(colour.slice(0, channels).map(Math.round), (y * width + x) * channels);
    }
  }
  return sharp(data, { raw: { width, height, channels } });
}

const fade = (x: number) => Math.min(255, x);
/**
 * A picture, how it is written, and the largest and mean difference between Node and the page, in steps of 255. libvips shrinks by a whole
 * factor first, rounds between its steps, and knows positions to a 64th of a pixel, which shows at the circle's edge of 150 steps. A canvas
 * keeps colours multiplied by alpha in 8 bits. JPEG and AVIF have decoders that round colours otherwise.
 */
const CASES: readonly [string, () => Sharp, number, number][] = [
  ["wide.png", () => drawn(300, 200).png(), 4, 0.2],
  ["tall.webp", () => drawn(123, 311).webp({ lossless: true }), 12, 0.2],
  ["small.png", () => drawn(40, 30).png(), 0, 0],
  ["large.png", () => drawn(1600, 1200).png(), 8, 1],
  ["fading.png", () => drawn(300, 200, fade).png(), 8, 1],
  ["photo.jpg", () => drawn(640, 480).jpeg({ quality: 90 }), 8, 0.5],
  ["turned.jpg", () => drawn(640, 480).withMetadata({ orientation: 6 }).jpeg({ quality: 90 }), 8, 0.5],
  ["photo.avif", () => drawn(320, 240).avif({ quality: 80 }), 8, 1],
];

const path = chromiumPath();

describe.skipIf(path === undefined)("pictures in Chromium", () => {
  let browser: Browser;
  let server: Server;
  let bundle: Awaited<ReturnType<typeof bundledPage>>;
  let folder: string;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "throughtime-pictures-"));
    for (const [name, make] of CASES) writeFileSync(join(folder, name), await make().toBuffer());
    writeFileSync(join(folder, "text.png"), "no picture");
    bundle = await bundledPage("pictures");
    server = await serve({ "/": bundle.folder, "/pictures/": `${folder}/` });
    browser = await launch(path as string);
    ({ page, problems } = await openPage(browser, server.origin));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    bundle?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(CASES)("%s gives in a page what it gives in Node", async (name, _, most, mean) => {
    for (const fit of ["cover", "contain", "fill"] as const) {
      const declared = preprocessing({ size: [64, 80], fit, scale: 1, background: [200, 30, 90] });
      const inNode = await readImage(join(folder, name), declared);
      const inPage = await page.evaluate(([url, how]) => pictures.read(url, how), [
        `/pictures/${name}`,
        declared,
      ] as const);
      expect(inPage.shape).toEqual(inNode.shape);
      const differences = Array.from(inNode.data, (value, i) => Math.abs(value - (inPage.data[i] as number)));
      const largest = differences.reduce((a, b) => Math.max(a, b), 0);
      const average = differences.reduce((a, b) => a + b, 0) / differences.length;
      expect([fit, largest <= most, average <= mean], `${largest}, on average ${average}`).toEqual([fit, true, true]);
    }
    expect(problems).toEqual([]);
  });

  test("a file that is no picture is an error that says so", async () => {
    const declared = preprocessing({ size: [4, 4] });
    const message = await page.evaluate(
      (how) => pictures.read("/pictures/text.png", how).catch((error: Error) => `${error.name}: ${error.message}`),
      declared,
    );
    expect(message).toMatch(
      /^DataError: imageFromBlob: the browser cannot decode this file of .* and 10 bytes as a picture/,
    );
  });
});
