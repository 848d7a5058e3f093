import { createHash } from "node:crypto";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { mkdir, open, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DiskRowOptions, diskRows, type RowFiles } from "@throughtime/vision/node";
import { afterAll, beforeEach, describe, expect, test } from "vitest";

const base = mkdtempSync(join(tmpdir(), "throughtime-rows-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let folder = "";
let made = 0;
beforeEach(() => {
  folder = join(base, `${made++}`);
});

const WIDTH = 100;
const of = { sha256: "abc", taps: ["c5"], preprocessing: { size: [10, 10], scale: 1 } };
const opened = (options: Partial<DiskRowOptions> = {}) => diskRows({ folder, of, width: WIDTH, ...options });
const keyOf = (i: number) => createHash("sha256").update(`picture ${i}`).digest("hex");
/** Whole numbers, which f16 holds. */
const rowOf = (i: number) => Float32Array.from({ length: WIDTH }, (_, j) => 10 * i + (j % 10));

async function fill(from: number, to: number, options: Partial<DiskRowOptions> = {}): Promise<string> {
  const rows = await opened(options);
  for (let i = from; i < to; i++) await rows.write(keyOf(i), rowOf(i));
  await rows.close();
  return rows.place;
}
const held = async (count: number, options: Partial<DiskRowOptions> = {}) => {
  const rows = await opened(options);
  const there: number[] = [];
  for (let i = 0; i < count; i++) if (await rows.has(keyOf(i))) there.push(i);
  const [values = new Float32Array()] = await rows.read(there.map(keyOf));
  there.forEach((i, at) => void expect(values.subarray(at * WIDTH, (at + 1) * WIDTH)).toEqual(rowOf(i)));
  await rows.close();
  return there;
};
const files = (place: string) => readdirSync(place).map((name) => join(place, name));

describe("rows on a disk", () => {
  test("are read by later runs, at random, and in the run that wrote them", async () => {
    const rows = await opened();
    await Promise.all([3, 1, 2].map((i) => rows.write(keyOf(i), rowOf(i))));
    expect(await rows.read([keyOf(2), keyOf(3)])).toEqual([Float32Array.from([...rowOf(2), ...rowOf(3)])]);
    expect(await rows.read([keyOf(2), keyOf(3)], [3, 97])).toEqual([
      Float32Array.from([20, 21, 22, 30, 31, 32]),
      Float32Array.from([...rowOf(2).subarray(3), ...rowOf(3).subarray(3)]),
    ]);
    await rows.close();
    expect(await held(5)).toEqual([1, 2, 3]);
  });

  test("of two runs at once are all kept, whoever ends first", async () => {
    const [one, two] = [await opened(), await opened()];
    for (let i = 0; i < 10; i++) {
      await Promise.all([one.write(keyOf(i), rowOf(i)), two.write(keyOf(i + 5), rowOf(i + 5))]);
    }
    await two.close();
    const three = await opened();
    expect(await three.has(keyOf(14))).toBe(true);
    await three.close();
    await one.close();
    expect(await held(20)).toEqual(Array.from({ length: 15 }, (_, i) => i));
    expect(files(one.place)).toHaveLength(2);
  });

  test("a run that adds nothing leaves no file", async () => {
    const place = await fill(0, 3);
    await fill(0, 3);
    expect(files(place)).toHaveLength(1);
  });

  test("take two bytes a number and 36 a row; four as f32", async () => {
    const [half, whole] = [await fill(0, 9), await fill(0, 9, { dtype: "f32" })];
    const sizes = [half, whole].map((place) => statSync(files(place)[0] as string).size % 1000);
    const [first, second] = [half, whole].map((place) => statSync(files(place)[0] as string).size) as [number, number];
    expect(second - first).toBe(9 * 200);
    expect(sizes[0]).toBeGreaterThan(0);
    expect(await held(9, { dtype: "f32" })).toHaveLength(9);
  });

  test.each([
    ["another model", { of: { ...of, sha256: "abd" } }],
    ["other taps", { of: { ...of, taps: ["c4"] } }],
    ["another preprocessing", { of: { ...of, preprocessing: { size: [10, 10], scale: 2 } } }],
    ["another dtype", { dtype: "f32" }],
    ["another width", { width: 99 }],
  ] as const)("of %s are not believed, even where their file is put in the folder", async (_, other) => {
    const place = await fill(0, 3);
    const rows = await opened(other);
    expect(await rows.has(keyOf(0))).toBe(false);
    expect(rows.place).not.toBe(place);
    renameSync(files(place)[0] as string, join(rows.place, "0000.rows"));
    await rows.close();
    const again = await opened(other);
    expect(await again.has(keyOf(0))).toBe(false);
    await again.close();
  });

  test("of the same thing are found whatever the order of its fields", async () => {
    await fill(0, 2);
    const turned = { preprocessing: { scale: 1, size: [10, 10] }, taps: ["c5"], sha256: "abc" };
    expect(await held(2, { of: turned })).toEqual([0, 1]);
  });

  test("that were cut in the middle, as by a crash, are not believed; those before are, and the rest is made anew", async () => {
    const place = await fill(0, 5);
    const [file] = files(place) as [string];
    truncateSync(file, statSync(file).size - 30);
    expect(await held(5)).toEqual([0, 1, 2, 3]);
    await fill(0, 5);
    expect(await held(5)).toEqual([0, 1, 2, 3, 4]);
    for (const size of [0, 10]) {
      truncateSync(file, size);
      expect(await held(5)).toEqual([4]);
    }
  });

  test("with a byte flipped anywhere are not believed, and made anew", async () => {
    const place = await fill(0, 2);
    const [file] = files(place) as [string];
    const whole = readFileSync(file);
    const header = whole.length - 2 * (36 + 2 * WIDTH);
    for (let at = 0; at < whole.length; at += 13) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ 1;
      writeFileSync(file, damaged);
      const lost = at < header ? [] : at < header + 36 + 2 * WIDTH ? [1] : [0];
      expect(await held(2), `byte ${at}`).toEqual(lost);
    }
    await fill(0, 2);
    expect(await held(2)).toEqual([0, 1]);
  });

  test("that are damaged while a run reads them are an error that names the file", async () => {
    const place = await fill(0, 2);
    const rows = await opened();
    expect(await rows.has(keyOf(1))).toBe(true);
    const [file] = files(place) as [string];
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    writeFileSync(file, bytes);
    await expect(rows.read([keyOf(0), keyOf(1)])).rejects.toThrow(
      /^diskRows: the row [0-9a-f]{64} in .*\.rows was damaged\. Run again: it is found out, and made anew\.$/,
    );
    await rows.close();
    await fill(0, 2);
    expect(await held(2)).toEqual([0, 1]);
  });

  test("other files in the folder are in nobody's way", async () => {
    const place = await fill(0, 2);
    writeFileSync(join(place, "notes.txt"), "notes");
    writeFileSync(join(place, "a.rows"), "no rows");
    writeFileSync(join(place, "b.rows"), Buffer.alloc(100_000));
    expect(await held(2)).toEqual([0, 1]);
  });
});

/** A disk that holds so many bytes of new files. */
function smallDisk(bytes: number): RowFiles & { free: number } {
  const disk = {
    free: bytes,
    mkdir,
    readdir,
    async open(path: string, flags: string) {
      const file = await open(path, flags);
      const write = async (content: Uint8Array, offset: number, length: number, at: number) => {
        const most = Math.min(length, disk.free);
        if (most === 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
        disk.free -= most;
        return file.write(content, offset, most, at);
      };
      return { read: file.read.bind(file), stat: file.stat.bind(file), close: file.close.bind(file), write };
    },
  };
  return disk as never;
}

describe("a disk that fills", () => {
  test("is an error that says what is kept and what to do; nothing is lost, and it goes on where there is room again", async () => {
    const disk = smallDisk(1200);
    const rows = await opened({ files: disk });
    let stored = 0;
    const filled = (async () => {
      for (; ; stored++) await rows.write(keyOf(stored), rowOf(stored));
    })();
    await expect(filled).rejects.toMatchObject({
      name: "CheckpointError",
      message: expect.stringMatching(
        /^diskRows: cannot write .*\.rows: the disk is full\. Free some space, or choose another folder \(ENOSPC\)\. The [2-4] rows before are kept, and the next run goes on after them\.$/,
      ),
    });
    expect(stored).toBeGreaterThan(1);
    expect(await rows.read([keyOf(0)])).toEqual([rowOf(0)]);
    expect(await held(10)).toHaveLength(stored);
    disk.free = 10_000;
    await rows.write(keyOf(stored), rowOf(stored));
    await rows.close();
    expect(await held(10)).toHaveLength(stored + 1);
  });

  test("before anything is written leaves what a later run can use", async () => {
    const disk = smallDisk(10);
    const rows = await opened({ files: disk });
    await expect(rows.write(keyOf(0), rowOf(0))).rejects.toThrow("The 0 rows before are kept");
    disk.free = 10_000;
    await rows.write(keyOf(0), rowOf(0));
    await rows.close();
    expect(await held(2)).toEqual([0]);
  });

  test("a folder that cannot be made, and keys that are none, are errors", async () => {
    writeFileSync(`${folder}-file`, "");
    await expect(opened({ folder: `${folder}-file` })).rejects.toThrow(
      /^diskRows: cannot use .*: a part of the path is a file, not a folder \(ENOTDIR\)\.$/,
    );
    const rows = await opened();
    await expect(rows.write("a", rowOf(0))).rejects.toThrow("diskRows: the key a is no SHA-256 in hexadecimal.");
    await expect(rows.write(keyOf(0), new Float32Array(3))).rejects.toThrow(
      "a row of 3 numbers is written; expected 100",
    );
    await expect(rows.read([keyOf(0)])).rejects.toThrow("diskRows: there is no row of the key");
    await rows.close();
    await expect(opened({ folder: 1 as never })).rejects.toThrow(
      "folder is the number 1; expected the path of a folder",
    );
  });
});
