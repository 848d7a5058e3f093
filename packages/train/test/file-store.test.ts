import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reference } from "@throughtime/backend-reference";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adam, decodeCheckpoint, LAST, memoryStore } from "../src/index.js";
import { type Files, nodeFiles, writeAtomically } from "../src/node/atomic-write.js";
import { claimFolder, fileStore, MARKER } from "../src/node.js";
import { collect, distance, tiny } from "./support/collect.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "throughtime-store-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytes = (...values: number[]) => Uint8Array.from(values);
const read = async (path: string) => [...(await readFile(path))];

describe("a folder of checkpoints", () => {
  it("gives what was written, under its name", async () => {
    const store = fileStore(join(folder, "out", "run"));
    expect(await store.list()).toEqual([]);
    await store.write("last.safetensors", bytes(1, 2));
    await store.write("last.safetensors", bytes(3));
    await store.write("best.safetensors", bytes(4));
    expect([...(await store.read("last.safetensors"))]).toEqual([3]);
    expect([...(await store.list())].sort()).toEqual(["best.safetensors", "last.safetensors"]);
    expect((await readdir(join(folder, "out", "run"))).sort()).toEqual([
      MARKER,
      "best.safetensors",
      "last.safetensors",
    ]);
  });

  it("says what is not there", async () => {
    await expect(fileStore(folder).read(LAST)).rejects.toMatchObject({
      name: "CheckpointError",
      message: expect.stringContaining("there is no such file"),
    });
  });

  it("holds a training that goes on where it stopped", async () => {
    const options = { optimizer: adam(), checkpoint: { store: fileStore(folder), every: { steps: 2 } } };
    await collect(tiny(reference(), { ...options, steps: 3 }));
    const resumed = tiny(reference(), { ...options, steps: 6, resume: "must" });
    await collect(resumed);
    const whole = tiny(reference(), { optimizer: adam(), steps: 6, checkpoint: { store: memoryStore() } });
    await collect(whole);
    expect(distance((await resumed.snapshot()).params, (await whole.snapshot()).params)).toBe(0);
    expect((await decodeCheckpoint(await readFile(join(folder, LAST)))).step).toBe(6);
  });
});

describe("a folder that is not ours", () => {
  it("is refused, and nothing in it changes", async () => {
    await writeFile(join(folder, "thesis.tex"), "chapter one");
    await writeFile(join(folder, LAST), "another program's");
    const store = fileStore(folder);
    await expect(store.write("best.safetensors", bytes(1))).rejects.toMatchObject({
      name: "OptionError",
      message: expect.stringMatching(
        /holds files that no training put there \(.*thesis.tex.*\)\. Name a folder that is new/,
      ),
    });
    expect((await readdir(folder)).sort()).toEqual([LAST, "thesis.tex"]);
    expect(await readFile(join(folder, LAST), "utf8")).toBe("another program's");
  });

  it("stops a training before its first step", async () => {
    await writeFile(join(folder, "thesis.tex"), "chapter one");
    const training = tiny(reference(), { optimizer: adam(), steps: 3, checkpoint: { store: fileStore(folder) } });
    const reports: unknown[] = [];
    const run = async () => {
      for await (const report of training) reports.push(report);
    };
    await expect(run()).rejects.toMatchObject({ name: "OptionError" });
    expect(reports).toEqual([]);
    expect(await readdir(folder)).toEqual(["thesis.tex"]);
  });

  it("may be a file", async () => {
    const path = join(folder, "file");
    await writeFile(path, "");
    await expect(claimFolder(path)).rejects.toMatchObject({
      name: "OptionError",
      message: expect.stringContaining("is not a folder"),
    });
    await expect(claimFolder(join(path, "below"))).rejects.toMatchObject({ name: "OptionError" });
  });

  it.skipIf(process.platform !== "linux")("may be in a place where none can be made", async () => {
    await expect(claimFolder("/proc/throughtime")).rejects.toMatchObject({
      name: "CheckpointError",
      message: expect.stringMatching(
        /cannot write \/proc\/throughtime: there is no such folder, and none can be made there/,
      ),
    });
    const below = join(folder, "a", "b", "c");
    await claimFolder(below);
    expect(await readdir(below)).toEqual([MARKER]);
  });

  it("is ours once it was empty", async () => {
    const path = join(folder, "new");
    await mkdir(path);
    await claimFolder(path);
    await writeFile(join(path, "report.html"), "");
    await claimFolder(path);
    expect((await readdir(path)).sort()).toEqual([MARKER, "report.html"]);
  });
});

describe("writing replaces a file whole or not at all", () => {
  const failing = (at: keyof Files | "writeFile" | "sync" | "close", code: string): Files => {
    const fail = async () => {
      throw Object.assign(new Error(`${code}: simulated`), { code });
    };
    return {
      ...nodeFiles,
      ...(at === "rename" || at === "rm" ? { [at]: fail } : {}),
      async open(path, flags) {
        if (at === "open") await fail();
        const file = await nodeFiles.open(path, flags);
        return {
          async writeFile(data) {
            // A disk that fills up takes half of it.
            await file.writeFile(at === "writeFile" ? data.subarray(0, data.length >> 1) : data);
            if (at === "writeFile") await fail();
          },
          sync: () => (at === "sync" ? fail() : file.sync()),
          async close() {
            await file.close();
            if (at === "close") await fail();
          },
        };
      },
    };
  };
  const reasons: [string, RegExp][] = [
    [
      "ENOSPC",
      /cannot write .*last.safetensors: the disk is full; free some space \(ENOSPC\)\. What was saved there before is as it was/,
    ],
    ["EACCES", /no permission to write there; choose another folder \(EACCES\)/],
    ["EROFS", /read-only/],
    ["EIO", /EIO: simulated/],
  ];
  for (const [code, message] of reasons) {
    it(`${code}: the old file stays, and nothing beside it`, async () => {
      const path = join(folder, LAST);
      for (const at of ["open", "writeFile", "sync", "close", "rename"] as const) {
        await writeAtomically(path, bytes(1, 2, 3));
        await expect(writeAtomically(path, bytes(4, 5, 6, 7), failing(at, code))).rejects.toMatchObject({
          name: "CheckpointError",
          message: expect.stringMatching(message),
          details: { path, code },
        });
        expect(await read(path), at).toEqual([1, 2, 3]);
        expect(await readdir(folder)).toEqual([LAST]);
      }
    });
  }

  it.skipIf(process.getuid?.() === 0 || process.platform === "win32")("a folder without permission", async () => {
    await claimFolder(folder);
    await chmod(folder, 0o500);
    await expect(fileStore(folder).write(LAST, bytes(1))).rejects.toThrow(/no permission/);
    await chmod(folder, 0o700);
  });
});
