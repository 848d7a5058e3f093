import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OnnxRuntime } from "@throughtime/onnx";
import {
  type DecodedImage,
  type EncodedSource,
  type EncodeImagesOptions,
  encodeImages,
  type FrozenEncoder,
  featuresOf,
  featureWidth,
  frozenEncoder,
  type ImageSource,
  imageBatch,
  memoryRows,
  type Preprocessing,
  preprocessing,
} from "@throughtime/vision";
import { decodeAll, diskRows, readImage } from "@throughtime/vision/node";
import { afterAll, beforeAll, expect, test } from "vitest";

const require = createRequire(new URL("../../backend-ort/package.json", import.meta.url));
const runtime: OnnxRuntime = require("onnxruntime-node");
const { models } = JSON.parse(readFileSync(new URL("goldens/encoders.json", import.meta.url), "utf8"));
const model = new Uint8Array(Buffer.from(models.plain as string, "base64"));

const folder = mkdtempSync(join(tmpdir(), "throughtime-encode-"));
let encoder: FrozenEncoder;
beforeAll(async () => {
  encoder = await frozenEncoder({ model, taps: ["b"], runtime, preprocessing: preprocessing({ size: [8, 12] }) });
});
afterAll(async () => {
  await encoder.release();
  rmSync(folder, { recursive: true, force: true });
});

const colors = ["red", "green", "blue", "gold", "gray", "navy"];
const svg = (fill: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2"><path fill="${fill}" d="M0 0H2V1H0"/></svg>`;
const paths = colors.map((fill) => {
  const path = join(folder, `${fill}.svg`);
  writeFileSync(path, svg(fill));
  return path;
});
const fromPath = (path: string): ImageSource => ({ name: path, path });
const sources = paths.map(fromPath);
const white = { data: new Uint8Array(96 * 4).fill(255), width: 12, height: 8 };

/** decodeAll that counts what it decodes. */
function counted() {
  const decoded: string[] = [];
  const images = async function* (given: AsyncIterable<ImageSource>, how: Preprocessing): AsyncGenerator<DecodedImage> {
    for await (const one of decodeAll(given, how, { concurrency: 3 })) {
      decoded.push(one.source.name);
      yield one;
    }
  };
  return { decoded, images };
}
const newRows = () => memoryRows({ width: featureWidth(encoder), dtype: "f32" });

async function all(given: readonly ImageSource[], options: Partial<EncodeImagesOptions> = {}) {
  const results: EncodedSource[] = [];
  const how = { encoder, rows: newRows(), images: decodeAll, open: readFile, ...options };
  for await (const one of encodeImages(given, how)) results.push(one);
  return results;
}

test("pictures become the rows of their features, in order, each decoded and encoded once", async () => {
  const rows = newRows();
  const { decoded, images } = counted();
  const first = await all(sources, { rows, images });
  expect(first.map(({ source }) => source.name)).toEqual(paths);
  expect(decoded).toEqual(paths);
  const keys = first.map(({ key }) => key as string);
  const { grid, pooled } = await featuresOf(rows, [...keys].reverse(), encoder);
  expect([grid.shape, pooled.shape]).toEqual([
    [6, 6, 5],
    [6, 5],
  ]);
  const pixels = imageBatch([await readImage(paths[1] as string, encoder.preprocessing)]);
  const [green] = await encoder.encode(pixels);
  expect(grid.data.subarray(4 * 30, 5 * 30)).toEqual(green?.grid.data);
  expect(pooled.data.subarray(4 * 5, 5 * 5)).toEqual(green?.pooled.data);

  // Known ones, under another name too, stand among new ones in order.
  writeFileSync(join(folder, "copy.svg"), svg("blue"));
  const bytes = new TextEncoder().encode(svg("pink"));
  const mixed: ImageSource[] = [
    ...[fromPath(join(folder, "copy.svg")), { name: "pink", bytes }, ...sources.slice(0, 2)],
    { name: "white", pixels: white },
  ];
  const second = await all(mixed, { rows, images });
  expect(decoded.slice(6)).toEqual(["pink", "white"]);
  expect(second.map(({ source }) => source.name)).toEqual(mixed.map(({ name }) => name));
  expect([second[0]?.key, second[2]?.key]).toEqual([keys[2], keys[0]]);
  expect(second[0]?.source).toEqual(mixed[0]);
});

test("a picture that is not there, or is none, is a result in its place, and the run goes on", async () => {
  writeFileSync(join(folder, "notes.jpg"), "not a picture");
  const given = [sources[0], fromPath(join(folder, "none.jpg")), fromPath(join(folder, "notes.jpg")), sources[1]];
  const seen: object[] = [];
  const results = await all(given as ImageSource[], { onProgress: (now) => seen.push(now) });
  expect(results.map(({ error }) => error?.message)).toEqual([
    undefined,
    expect.stringMatching(/^encodeImages: cannot read .*none\.jpg: ENOENT/),
    expect.stringMatching(/notes\.jpg is not a picture: it is a text that begins "not a picture"/),
    undefined,
  ]);
  expect(seen).toHaveLength(4);
  expect(seen.at(-1)).toEqual({ done: 4, failed: 2, total: 4 });
});

test("a model of a fixed batch gets whole batches, and the last pictures alone", async () => {
  const fixed = await frozenEncoder({
    ...{ model: new Uint8Array(Buffer.from(models.fixed as string, "base64")), taps: ["b"], runtime },
    preprocessing: encoder.preprocessing,
  });
  const batches: number[] = [];
  const counted: FrozenEncoder = {
    ...fixed,
    encode(pixels) {
      batches.push(pixels.shape[0] as number);
      return fixed.encode(pixels);
    },
  };
  const given = [sources[0], fromPath(join(folder, "none.jpg")), ...sources.slice(1, 5)] as ImageSource[];
  const results = await all(given, { encoder: counted });
  expect([fixed.batch, batches]).toEqual([3, [3, 2]]);
  expect(results.map(({ source }) => source)).toEqual(given);
  expect(results.flatMap(({ error }, i) => (error ? [i] : []))).toEqual([1]);
  await fixed.release();
});

test("features that are no numbers are that picture's error", async () => {
  let calls = 0;
  const odd: FrozenEncoder = {
    ...encoder,
    async encode(pixels) {
      const [one] = await encoder.encode(pixels);
      if (calls++ === 1) one?.grid.data.fill(Number.NaN);
      return [one as never];
    },
  };
  const results = await all(sources.slice(0, 3), { encoder: odd });
  expect(results.map(({ error }) => error?.message)).toEqual([
    undefined,
    "memoryRows: a row holds NaN at 0; expected finite numbers.",
    undefined,
  ]);
});

test("decoding goes on while a picture is encoded", async () => {
  let resolve = () => {};
  const asked = new Promise<void>((done) => {
    resolve = done;
  });
  const images = async function* (given: AsyncIterable<ImageSource>, how: Preprocessing) {
    const reading = async function* () {
      let count = 0;
      for await (const one of given) {
        if (++count === 3) resolve();
        yield one;
      }
    };
    yield* decodeAll(reading(), how, { concurrency: 2 });
  };
  // The first picture's encoding ends only when the third one is read.
  const slow: FrozenEncoder = {
    ...encoder,
    async encode(pixels) {
      await asked;
      return encoder.encode(pixels);
    },
  };
  expect(await all(sources, { encoder: slow, images })).toHaveLength(sources.length);
});

test("a disk that fills ends the run with what to do; the next run goes on after the pictures that are kept", async () => {
  const rows = await diskRows({ folder: join(folder, "rows"), of: encoder.describe(), width: featureWidth(encoder) });
  let written = 0;
  const full: typeof rows = {
    ...rows,
    async write(key, row) {
      if (written++ === 2) throw Object.assign(new Error("diskRows: the disk is full"), { name: "CheckpointError" });
      return rows.write(key, row);
    },
  };
  await expect(all(sources, { rows: full })).rejects.toThrow("the disk is full");
  await rows.close();
  const { decoded, images } = counted();
  const again = await diskRows({ folder: join(folder, "rows"), of: encoder.describe(), width: featureWidth(encoder) });
  const results = await all(sources, { rows: again, images });
  expect(decoded).toEqual(paths.slice(2));
  expect(results.every(({ key }) => key !== undefined)).toBe(true);
  await again.close();
});

test("stops where its signal says so, and where the decoder is not there", async () => {
  const stop = new AbortController();
  const onProgress = ({ done }: { done: number }) => done === 2 && stop.abort(new Error("enough"));
  await expect(all(sources, { signal: stop.signal, onProgress })).rejects.toThrow("enough");
  const missing = async function* (): AsyncGenerator<DecodedImage> {
    yield* [];
    throw Object.assign(new Error("sharp is not installed"), { name: "BackendError" });
  };
  await expect(all(sources, { images: missing })).rejects.toThrow("sharp is not installed");
  await expect(all(sources, { open: undefined as never })).rejects.toThrow("and there is no `open` to read it.");
});
