import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fitPixels, type ImageSource, pixelsToArray, preprocessing } from "@throughtime/vision";
import { readImage } from "@throughtime/vision/node";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  BLUE,
  GREEN,
  GREY,
  largestDifference,
  meanDifference,
  picture,
  pixelOf,
  quarters,
  RED,
  whitePng,
} from "./support/pictures.js";

const RAW = { scale: 1 } as const;
const near = (received: readonly number[], expected: readonly number[], most: number) =>
  expect(largestDifference(received, expected), `${received} beside ${expected}`).toBeLessThanOrEqual(most);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "throughtime-vision-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("readImage", () => {
  const size = [8, 8] as const;
  const four = () => picture(16, 16, quarters(16, 16));

  /** The colours in the middle of each quarter. */
  const quartersOf = async (bytes: Uint8Array, most: number, expected = [RED, GREEN, BLUE, GREY]) => {
    const array = await readImage(bytes, preprocessing({ size, ...RAW }));
    const at = [
      [1, 1],
      [1, 6],
      [6, 1],
      [6, 6],
    ] as const;
    at.forEach(([y, x], i) => near(pixelOf(array, y, x), expected[i] as number[], most));
  };

  test.each([
    ["PNG", () => four().png(), 0],
    ["PNG with a palette", () => four().png({ palette: true, colours: 8 }), 0],
    ["interlaced PNG", () => four().png({ progressive: true }), 0],
    ["TIFF", () => four().tiff({ compression: "lzw" }), 0],
    ["lossless WebP", () => four().webp({ lossless: true }), 0],
    ["GIF", () => four().gif(), 0],
    ["JPEG", () => four().jpeg({ quality: 100, chromaSubsampling: "4:4:4" }), 3],
    ["progressive JPEG", () => four().jpeg({ quality: 100, progressive: true, chromaSubsampling: "4:4:4" }), 3],
    ["AVIF", () => four().avif({ quality: 90, chromaSubsampling: "4:4:4" }), 4],
  ])("reads %s", async (_, make, most) => {
    await quartersOf(await make().toBuffer(), most);
  });

  test("reads a path, a URL and sources with a name as it reads bytes", async () => {
    const bytes = await four().png().toBuffer();
    const path = join(folder, "four ü.png");
    writeFileSync(path, bytes);
    const declared = preprocessing({ size });
    const expected = await readImage(bytes, declared);
    expect(await readImage(path, declared)).toEqual(expected);
    expect(await readImage(pathToFileURL(path), declared)).toEqual(expected);
    expect(await readImage({ name: "four", bytes }, declared)).toEqual(expected);
    expect(await readImage({ name: "four", path }, declared)).toEqual(expected);
    const pixels = { data: await four().ensureAlpha().raw().toBuffer(), width: 16, height: 16 };
    const array = await readImage({ name: "four", pixels }, declared);
    expect(array).toEqual(pixelsToArray(fitPixels(pixels, declared), declared));
    expect(largestDifference(array.data, expected.data)).toBeLessThan(1.5 / 255);
    expect(expected).toMatchObject({ shape: [3, 8, 8], dtype: "f32" });
  });

  test("reads CMYK as the colours that it was made of", async () => {
    // Colours that inks can print.
    const soft = [
      [180, 120, 100],
      [110, 140, 110],
      [100, 110, 150],
      [120, 120, 120],
    ];
    const from = picture(16, 16, (x, y) => soft[(y < 8 ? 0 : 2) + (x < 8 ? 0 : 1)] as number[]);
    const bytes = await from.toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(4);
    // To inks and back, libvips's profile darkens greys by a tenth. Read with inks inverted, the picture would be off by 100.
    await quartersOf(bytes, 16, soft);
  });

  test.each([
    ["colour", 3, "rgb16", RED],
    ["grey", 1, "grey16", GREY],
  ] as const)("reads 16 bits of %s as 8", async (_, channels, space, colour) => {
    const samples = Uint16Array.from({ length: 8 * 8 * channels }, (_, i) => (colour[i % channels] as number) * 257);
    const bytes = await sharp(samples, { raw: { width: 8, height: 8, channels } })
      .toColourspace(space)
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe("ushort");
    near(pixelOf(await readImage(bytes, preprocessing({ size: [4, 4], ...RAW })), 2, 2), colour, 1);
  });

  test("reads colours of a wider gamut as sRGB, by the profile in the file", async () => {
    const bytes = await picture(16, 16, () => RED)
      .withIccProfile("p3")
      .png()
      .toBuffer();
    // In Display P3, the same red has other numbers.
    const stored = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
    expect(largestDifference(stored.subarray(0, 3), RED)).toBeGreaterThan(15);
    near(pixelOf(await readImage(bytes, preprocessing({ size, ...RAW })), 4, 4), RED, 2);
  });

  test("reads grey as three equal channels, and pads it with a colour", async () => {
    const bytes = await picture(16, 8, () => [77])
      .toColourspace("b-w")
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(1);
    const array = await readImage(bytes, preprocessing({ size, fit: "contain", background: [9, 50, 200], ...RAW }));
    expect(pixelOf(array, 4, 4)).toEqual([77, 77, 77]);
    expect(pixelOf(array, 0, 4)).toEqual([9, 50, 200]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("turns a picture of EXIF orientation %i upright", async (orientation) => {
    // EXIF 2.3, 4.6.4: which sides of the upright picture the stored one's first row and first column are.
    const upright = quarters(16, 8);
    const [width, height] = orientation < 5 ? [16, 8] : [8, 16];
    const stored = picture(width, height, (c, r) => {
      const [left, right] = [c, width - 1 - c];
      const [up, down] = [r, height - 1 - r];
      const at = [
        ...[
          [left, up],
          [right, up],
          [right, down],
          [left, down],
        ],
        ...[
          [up, left],
          [down, left],
          [down, right],
          [up, right],
        ],
      ];
      const [x, y] = at[orientation - 1] as [number, number];
      return upright(x, y);
    });
    const bytes = await stored.withMetadata({ orientation }).png().toBuffer();
    expect((await sharp(bytes).metadata()).orientation).toBe(orientation);
    const array = await readImage(bytes, preprocessing({ size: [4, 8], ...RAW }));
    const corners = [
      [0, 0],
      [0, 7],
      [3, 0],
      [3, 7],
    ] as const;
    expect(corners.map(([y, x]) => pixelOf(array, y, x))).toEqual([RED, GREEN, BLUE, GREY]);
  });

  test.each(["gif", "webp"] as const)("reads the first frame of an animated %s", async (format) => {
    const frames = picture(8, 24, (_, y) => [RED, GREEN, BLUE][Math.floor(y / 8)] as number[]);
    const tall = await frames.raw().toBuffer();
    const animated = sharp(tall, { raw: { width: 8, height: 24, channels: 3, pageHeight: 8 } });
    const bytes = await (format === "gif" ? animated.gif() : animated.webp({ lossless: true })).toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(3);
    near(pixelOf(await readImage(bytes, preprocessing({ size: [4, 4], ...RAW })), 3, 3), RED, 0);
  });

  test("lays transparent pixels over the background, whatever colour is under them", async () => {
    // Fully transparent red beside opaque blue: a picture that is resized before it is weighted has a red rim.
    const bytes = await picture(16, 16, (x) => (x < 7 ? [255, 0, 0, 0] : [...BLUE, 255]))
      .png()
      .toBuffer();
    const background = [0, 255, 0] as const;
    for (const fit of ["cover", "contain", "fill"] as const) {
      const array = await readImage(bytes, preprocessing({ size: [4, 4], fit, background, ...RAW }));
      expect(pixelOf(array, 1, 0)).toEqual([...background]);
      near(pixelOf(array, 1, 3), BLUE, 1);
      const [red, green, blue] = pixelOf(array, 1, 1) as [number, number, number];
      // Between the background and blue: both shares are of one weight.
      const share = (255 - green) / (255 - 40);
      expect(share).toBeGreaterThan(0.1);
      near([red, blue], [30 * share, 220 * share], 2);
    }
  });

  test("a half-transparent grey picture takes on the background's colour", async () => {
    const bytes = await picture(8, 8, () => [0, 128])
      .toColourspace("b-w")
      .png()
      .toBuffer();
    const array = await readImage(bytes, preprocessing({ size: [4, 4], background: [255, 0, 0], ...RAW }));
    near(pixelOf(array, 2, 2), [127, 0, 0], 1);
  });

  test("is in Node what fitPixels makes of the same pixels, at every fit", async () => {
    const smooth = (x: number, y: number) => [
      Math.round(128 + 60 * Math.sin(x / 9) + 50 * Math.cos(y / 11)),
      Math.round(128 + 100 * Math.sin((x + y) / 15)),
      (x - 60) ** 2 + (y - 40) ** 2 < 900 ? 220 : 30,
      255,
    ];
    for (const [width, height] of [
      [121, 81],
      [81, 121],
      [50, 200],
      [30, 22],
      [300, 20],
    ] as const) {
      const source = picture(width, height, smooth);
      const bytes = await source.png().toBuffer();
      const pixels = { data: await sharp(bytes).raw().toBuffer(), width, height };
      for (const fit of ["cover", "contain", "fill"] as const) {
        const declared = preprocessing({ size: [37, 41], fit, background: [0, 90, 200], ...RAW });
        const array = await readImage(bytes, declared);
        const expected = pixelsToArray(fitPixels(pixels, declared), declared);
        // libvips shrinks by whole factors first where a picture shrinks much, and rounds between its steps.
        const where = `${width} × ${height}, ${fit}`;
        expect(meanDifference(array.data, expected.data), where).toBeLessThan(1);
        expect(largestDifference(array.data, expected.data), where).toBeLessThan(16);
      }
    }
  });
});

describe("what readImage refuses", () => {
  const declared = preprocessing({ size: [8, 8] });
  const thrown = (source: Uint8Array | string | ImageSource, options = {}): Promise<Error> =>
    readImage(source, declared, options).then(
      () => expect.fail("it was read"),
      (error) => error,
    );

  test("a picture of 20,000 × 20,000 pixels, at once, by its file's name", async () => {
    const path = join(folder, "bomb.png");
    writeFileSync(path, whitePng(20_000));
    const started = performance.now();
    const error = await thrown(path);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(error.name).toBe("DataError");
    expect(error.message).toBe(
      `readImage: ${path} has 20000 × 20000 = 400000000 pixels; expected at most 268402689. If it is meant, give a larger limitInputPixels.`,
    );
    expect((await sharp(path, { limitInputPixels: false }).metadata()).width).toBe(20_000);
  });

  test("a picture above a limit of one's own, and not one at it", async () => {
    const bytes = await picture(10, 10, () => RED)
      .png()
      .toBuffer();
    expect((await thrown({ name: "red", bytes }, { limitInputPixels: 99 })).message).toMatch(
      /red has 10 × 10 = 100 pixels/,
    );
    await expect(readImage(bytes, declared, { limitInputPixels: 100 })).resolves.toBeDefined();
    expect((await thrown(bytes, { limitInputPixels: 0 })).message).toMatch(/limitInputPixels is 0/);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(), /a\.jpg is not a picture: it is empty\. Expected JPEG/],
    [
      "a text",
      Buffer.from("version https://git-lfs.github.com/spec/v1"),
      /it is a text that begins "version https:\/\/git-lfs/,
    ],
    ["a page", Buffer.from("<!doctype html><title>404</title>"), /it is a text that begins "<!doctype html>/],
    ["a document", Buffer.from([0x25, 0xff, 0, 1, 2]), /it begins with the bytes 25 ff 00 01 02/],
  ])("%s, and says what it is", async (_, bytes, message) => {
    const error = await thrown({ name: "a.jpg", bytes });
    expect(error.name).toBe("DataError");
    expect(error.message).toMatch(message);
  });

  test.each(["jpeg", "png", "webp", "gif", "avif", "tiff"] as const)("a cut %s, by its file's name", async (format) => {
    const noise = picture(64, 64, (x, y) => [(x * 37 + y * 91) % 256, (x * 11 + y * y) % 256, (x * y) % 256]);
    const whole = await noise.toFormat(format).toBuffer();
    for (const part of [0.9, 0.5, 0.1]) {
      const path = join(folder, `cut.${format}`);
      writeFileSync(path, whole.subarray(0, Math.round(whole.length * part)));
      const error = await thrown(path);
      expect([part, error.name]).toEqual([part, "DataError"]);
      expect(error.message).toContain(`${path} begins as a`);
    }
  });

  test("paths that lead to no file", async () => {
    const missing = await thrown(join(folder, "missing.png"));
    expect(missing.message).toMatch(/missing\.png is not there\.$/);
    expect((await thrown(folder)).message).toMatch(/is not a file\.$/);
    expect((await thrown("/dev/zero")).message).toMatch(/is not a file\.$/);
    expect((await thrown(undefined as never)).message).toMatch(/the picture is undefined; expected a path/);
    expect((await thrown({ name: "a.jpg" } as never)).message).toMatch(/"a\.jpg" has neither a path \(string\), bytes/);
  });
});
