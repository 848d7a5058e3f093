import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NdArray } from "@throughtime/core";
import { type ImageSource, preprocessing } from "@throughtime/vision";
import { decodeAll } from "@throughtime/vision/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { picture, pixelOf } from "./support/pictures.js";

const COUNT = 20;
const declared = preprocessing({ size: [4, 4], scale: 1 });

describe("decodeAll", () => {
  let folder: string;
  let paths: string[];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "throughtime-decode-"));
    paths = Array.from({ length: COUNT }, (_, i) => join(folder, `${i}.png`));
    for (const [i, path] of paths.entries()) {
      // The first ones are large, so that later ones are ready before them.
      const side = i < 3 ? 1500 : 8;
      writeFileSync(
        path,
        await picture(side, side, () => [10 * i, 0, 0])
          .png()
          .toBuffer(),
      );
    }
    writeFileSync(paths[5] as string, "no picture");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("gives every picture in order, and one that is broken as an error in its place", async () => {
    const seen: [string, number | string][] = [];
    for await (const { source, array, error } of decodeAll([...paths, "missing.png"], declared, { concurrency: 4 })) {
      seen.push([source.name, array ? (pixelOf(array, 0, 0)[0] as number) : error.name]);
    }
    expect(seen).toEqual([
      ...paths.map((path, i) => [path, i === 5 ? "DataError" : 10 * i]),
      ["missing.png", "DataError"],
    ]);
  });

  test("says how far it is", async () => {
    const progress: object[] = [];
    const all = decodeAll(paths.slice(4, 7), declared, { onProgress: (each) => progress.push(each) });
    for await (const _ of all);
    expect(progress).toEqual([
      { done: 1, failed: 0, total: 3 },
      { done: 2, failed: 1, total: 3 },
      { done: 3, failed: 1, total: 3 },
    ]);
  });

  test("ends with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const run = decodeAll(paths, declared, { signal: controller.signal, concurrency: 2 });
    await run.next();
    controller.abort(reason);
    await expect(run.next()).rejects.toBe(reason);
    await expect(run.next()).resolves.toEqual({ done: true, value: undefined });
  });

  test("ends where its caller leaves", async () => {
    let seen = 0;
    for await (const _ of decodeAll(paths, declared)) if (++seen === 2) break;
    expect(seen).toBe(2);
  });

  test("takes sources as they come: paths, bytes, SVGs and pixels, from a generator that waits", async () => {
    const red = Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path fill="red" d="M0 0H1V1H0"/></svg>`,
    );
    const blue = { data: Uint8Array.from({ length: 16 * 4 }, (_, i) => (i % 4 < 2 ? 0 : 255)), width: 4, height: 4 };
    let asked = 0;
    const waiting = async function* (): AsyncGenerator<string | ImageSource> {
      for (const next of [paths[7] as string, { name: "red", bytes: red }, { name: "blue", pixels: blue }]) {
        asked++;
        yield next;
      }
      // Whoever asks further before taking what is ready waits for ever.
      await new Promise(() => {});
    };
    const run = decodeAll(waiting(), declared, {
      concurrency: 4,
      onProgress: ({ total }) => expect(total).toBeUndefined(),
    });
    const seen: [string, number[]][] = [];
    for await (const { source, array } of run) {
      seen.push([source.name, pixelOf(array as NdArray, 2, 2)]);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([
      [paths[7], [70, 0, 0]],
      ["red", [255, 0, 0]],
      ["blue", [0, 0, 255]],
    ]);
    expect(asked).toBe(3);
  });

  test("works on no more than concurrency at once, and asks for no more", async () => {
    let asked = 0;
    const counted = function* () {
      for (const path of paths) {
        asked++;
        yield path;
      }
    };
    const ahead: number[] = [];
    let taken = 0;
    for await (const _ of decodeAll(counted(), declared, { concurrency: 3 })) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      ahead.push(asked - ++taken);
    }
    expect(taken).toBe(COUNT);
    expect(Math.max(...ahead)).toBe(3);
  });

  test("throws what its sources throw, after those before it", async () => {
    const failing = function* () {
      yield paths[0] as string;
      throw new Error("the list is cut");
    };
    const run = decodeAll(failing(), declared, { concurrency: 4 });
    expect((await run.next()).value?.source.name).toBe(paths[0]);
    await expect(run.next()).rejects.toThrow("the list is cut");
  });

  test("of no paths is empty", async () => {
    for await (const _ of decodeAll([], declared)) expect.fail("there is none");
  });

  test("refuses wrong options at once", () => {
    expect(() => decodeAll(paths, declared, { concurrency: 0 })).toThrow(/concurrency is 0/);
    expect(() => decodeAll("a.png" as never, declared)).toThrow(/the sources are the string "a\.png"/);
    expect(() => decodeAll(paths, { size: [4, 4] } as never)).toThrow(/decodeAll: the preprocessing: /);
    expect(() => decodeAll(paths, declared, { limitInputPixels: -1 })).toThrow(/limitInputPixels is -1/);
  });
});
