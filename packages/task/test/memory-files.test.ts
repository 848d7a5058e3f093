import { gzipSync } from "node:zlib";
import { jsonOf, linesOf, memoryFiles, textOf } from "@throughtime/task";
import { expect, test } from "vitest";

const LONG = "die Hunde laufen 😀\n".repeat(20_000);
const files = memoryFiles({
  "a.txt": "one\ntwo\n",
  "texts/b.txt": new TextEncoder().encode("Käfer"),
  "texts/c.txt": new Blob(["from a page"]),
  "texts/deep/d.json": '{"d":[1,2]}',
  "long.txt.gz": gzipSync(LONG),
  "cut.txt.gz": gzipSync(LONG).subarray(0, 90),
  "latin1.txt": new Uint8Array([0x4b, 0xe4, 0x66, 0x65, 0x72]),
  "-": "typed",
  "npm:a-package/data.json": "[]",
});
const all = async (pieces: AsyncIterable<string>): Promise<string> => {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
};

test("texts, bytes and Blobs are read, as often as is wanted, gzipped or not", async () => {
  for (let time = 0; time < 2; time++) {
    expect(await all(textOf(files, "texts/b.txt"))).toBe("Käfer");
    expect(await all(textOf(files, "texts/c.txt"))).toBe("from a page");
    expect(await all(textOf(files, "long.txt.gz"))).toBe(LONG);
    expect(await all(linesOf(files, "a.txt"))).toBe("onetwo");
    expect(await jsonOf(files, "texts/deep/d.json")).toEqual({ d: [1, 2] });
    expect(await jsonOf(files, "npm:a-package/data.json")).toEqual([]);
  }
});

test("what is not there, is cut or is in another encoding is an error that names it", async () => {
  await expect(all(textOf(files, "none.txt"))).rejects.toThrow("cannot read none.txt: there is no such file.");
  await expect(all(textOf(files, "toString"))).rejects.toThrow("cannot read toString: there is no such file.");
  await expect(all(textOf(files, "cut.txt.gz"))).rejects.toThrow("cannot read cut.txt.gz: it is gzipped, and damaged");
  await expect(all(textOf(files, "latin1.txt"))).rejects.toThrow(/latin1\.txt is not UTF-8.*--encoding windows-1252/);
  expect(await all(textOf(files, "latin1.txt", { encoding: "latin1" }))).toBe("Käfer");
  await expect(jsonOf(files, "a.txt")).rejects.toThrow("a.txt is not JSON");
  await expect(all(textOf(files, "a.txt", { signal: AbortSignal.abort() }))).rejects.toThrow("abort");
});

test("a folder lists what stands in it, sorted; names are without folders", async () => {
  expect(await files.list("texts")).toEqual(["b.txt", "c.txt", "deep"]);
  expect(await files.list("texts/")).toEqual(["b.txt", "c.txt", "deep"]);
  await expect(files.list("text")).rejects.toThrow("cannot read text: there is no such folder.");
  expect(["texts/b.txt", "a.txt", "-"].map((path) => files.name(path))).toEqual(["b.txt", "a.txt", "standard input"]);
});

test("standard input is one file at most", async () => {
  expect(await all(textOf(files, "-"))).toBe("typed");
  files.requireOneInput(["-", "a.txt", undefined]);
  expect(() => files.requireOneInput(["-", "a.txt", "-"])).toThrow("Standard input can be only one of the files");
});
