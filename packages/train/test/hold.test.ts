import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { reference } from "@throughtime/backend-reference";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adam, LAST } from "../src/index.js";
import { fileStore, holdFolder, MARKER, requireFree } from "../src/node.js";
import { bundle } from "./support/bundle.js";
import { collect, tiny } from "./support/collect.js";

let place: string;
let program: string;
let count = 0;
const folderOf = () => join(place, `folder-${count++}`);
const lockOf = (folder: string) => join(folder, `${MARKER}.lock`);

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "throughtime-hold-"));
  program = join(place, "child.mjs");
  await bundle(new URL("./support/holding-child.ts", import.meta.url), program);
});
afterAll(() => rm(place, { recursive: true, force: true }));

/** A process that tries to hold a folder, and the first line it says. */
function holding(folder: string): { readonly child: ChildProcess; readonly said: Promise<string> } {
  const child = spawn(process.execPath, [program, folder], { stdio: ["pipe", "pipe", "inherit"] });
  const said = new Promise<string>((resolve) => createInterface({ input: child.stdout! }).once("line", resolve));
  return { child, said };
}

const ended = (child: ChildProcess) => new Promise<void>((resolve) => child.on("exit", () => resolve()));

async function killed(folder: string): Promise<void> {
  const { child, said } = holding(folder);
  expect(await said).toBe("held");
  const end = ended(child);
  child.kill("SIGKILL");
  await end;
}

/** What `holder` of a lock must be for another machine's. */
const elsewhere = (folder: string) =>
  writeFile(
    lockOf(folder),
    JSON.stringify({ pid: 7, host: "another", space: "", born: "", since: "2026-01-02T03:04:05.678Z", nonce: "a-b" }),
  );

describe("a folder that is held", { timeout: 60_000 }, () => {
  it("is held by one of eight processes that start at once; the others name it", async () => {
    for (let round = 0; round < 3; round++) {
      const folder = folderOf();
      // The second time there is the lock of a killed process to be taken over, by one.
      if (round > 0) await killed(folder);
      const all = Array.from({ length: 8 }, () => holding(folder));
      const said = await Promise.all(all.map((one) => one.said));
      const holders = all.filter((_, i) => said[i] === "held");
      expect(holders, said.join("\n")).toHaveLength(1);
      const others = said.filter((line) => line !== "held");
      for (const line of others) {
        expect(line).toContain(`OptionError: output: ${folder} is held by another training (process`);
        expect(line).toContain(`process ${holders[0]?.child.pid} on `);
      }
      const end = ended(holders[0]?.child as ChildProcess);
      holders[0]?.child.stdin?.end();
      await end;
      expect(await readdir(folder)).toEqual([MARKER]);
      await (await holdFolder(folder))();
    }
  });

  it("is free at once when its holder was killed, and what it left half written is gone", async () => {
    const folder = folderOf();
    await killed(folder);
    await writeFile(join(folder, `${LAST}.0123456789abcdef.tmp`), "half a check");
    await writeFile(join(folder, "notes.tmp"), "mine");
    const letGo = await holdFolder(folder);
    expect((await readdir(folder)).sort()).toEqual([MARKER, `${MARKER}.lock`, "notes.tmp"]);
    await letGo();
  });

  it("is not free because another process got its holder's number", async () => {
    const folder = folderOf();
    const letGo = await holdFolder(folder);
    await expect(requireFree(folder)).rejects.toThrow(`process ${process.pid} on`);
    const holder = JSON.parse(await readFile(lockOf(folder), "utf8"));
    await letGo();
    await requireFree(folder);
    if (holder.born === "") return;
    // The same number, of a process that began earlier.
    await writeFile(lockOf(folder), JSON.stringify({ ...holder, born: "1" }));
    await (await holdFolder(folder))();
  });

  it("by a process of another machine is free when that gave no sign of life for two minutes", async () => {
    const folder = folderOf();
    await (await holdFolder(folder))();
    await elsewhere(folder);
    await expect(holdFolder(folder)).rejects.toThrow(
      /held by another training \(process 7 on another, since 2026-01-02 03:04:05 UTC\).*cannot be seen from here.*try again in 1[12]\d seconds/,
    );
    const silent = new Date(Date.now() - 121_000);
    await utimes(lockOf(folder), silent, silent);
    await (await holdFolder(folder))();
  });

  it("stops a second training, and only while the first one runs", async () => {
    const folder = folderOf();
    const options = { optimizer: adam(), checkpoint: { store: fileStore(folder) } };
    const first = tiny(reference(), { ...options, steps: 3 })[Symbol.asyncIterator]();
    await first.next();
    const second = () => collect(tiny(reference(), { ...options, steps: 5, resume: "auto" }));
    await expect(second()).rejects.toMatchObject({ name: "OptionError", message: expect.stringMatching(/is held by/) });
    await first.return?.(undefined);
    await second();
    expect((await readdir(folder)).sort()).toEqual([MARKER, LAST]);
  });

  it("is let go of when a training fails", async () => {
    const folder = folderOf();
    const failing = tiny(reference(), {
      ...{ optimizer: adam(), steps: 3, checkpoint: { store: fileStore(folder) } },
      loss: () => {
        throw new Error("no loss");
      },
    });
    await expect(collect(failing)).rejects.toThrow("no loss");
    await requireFree(folder);
  });
});

describe("a link", () => {
  it("where a temporary file, a marker or a lock would be is never written through", async () => {
    const folder = folderOf();
    const treasure = join(place, "treasure");
    await writeFile(treasure, "years of work");
    await mkdir(folder);
    await (await holdFolder(folder))();
    for (const name of [`${LAST}.tmp`, LAST]) await symlink(treasure, join(folder, name));
    await fileStore(folder).write(LAST, Uint8Array.of(1));
    await symlink(treasure, lockOf(folder));
    await expect(holdFolder(folder)).rejects.toMatchObject({ name: "OptionError" });
    expect(await readFile(treasure, "utf8")).toBe("years of work");
    expect([...(await readFile(join(folder, LAST)))]).toEqual([1]);
  });
});
