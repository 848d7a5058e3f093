import { closeSync, ftruncateSync, openSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { ndarray } from "@throughtime/core";
import { encodeSafetensors } from "@throughtime/interop";
import { encodeCheckpoint } from "@throughtime/train";
import { afterAll, describe, expect, test } from "vitest";
import { jsonLines, scratch, shell } from "./support/shell.js";

const { path, dispose } = scratch();
afterAll(dispose);

const GB = 1e9;

/** A safetensors file of any header, its tensors a hole. */
function sparse(name: string, header: object, dataBytes: number): string {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(path(name), "w");
  writeFileSync(file, Buffer.concat([length, text]));
  ftruncateSync(file, 8 + text.length + dataBytes);
  closeSync(file);
  return path(name);
}

const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("inspect", () => {
  test("shows element types as they are stored", async () => {
    const file = sparse(
      "types.safetensors",
      {
        __metadata__: null,
        a: entry("BF16", [2], 0, 4),
        b: entry("F16", [2], 4, 8),
        c: entry("I64", [1], 8, 16),
        d: entry("F8_E4M3", [4], 16, 20),
        e: entry("F8_E5M2", [4], 20, 24),
        f: entry("F4", [2, 4], 24, 28),
        g: entry("BOOL", [], 28, 29),
      },
      29,
    );
    const { out, code } = await shell(["inspect", file, "--json"]);
    expect(code).toBe(0);
    const [{ tensors, metadata }] = jsonLines(out) as [
      { tensors: { name: string; dtype: string }[]; metadata: object },
    ];
    expect(tensors.map(({ name, dtype }) => `${name} ${dtype}`)).toEqual([
      ...["a bf16", "b f16", "c i64", "d f8_e4m3", "e f8_e5m2", "f f4", "g bool"],
    ]);
    expect(metadata).toEqual({});
    expect((await shell(["inspect", file])).out).toMatch(/ {2}d {2}f8_e4m3\[4\] {2}4\n/);
  });

  test("reads headers alone: 50 GB take a moment, and no memory", async () => {
    const file = sparse("large.safetensors", { w: entry("F16", [5e4, 5e5], 0, 50 * GB) }, 50 * GB);
    const before = process.resourceUsage().maxRSS;
    const began = process.cpuUsage();
    expect((await shell(["inspect", file])).out).toMatch(/50\.0 GB[\s\S]*f16\[50000, 500000\] +25,000,000,000/);
    const { user, system } = process.cpuUsage(began); // Others may be at work on the processor.
    expect((user + system) / 1000).toBeLessThan(1000);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(50_000);
    truncateSync(file, 40 * GB);
    expect((await shell(["inspect", file])).err).toMatch(
      /ends at byte 50000000000 of the data, but the file has 39\d+ bytes/,
    );
  });

  test("shows a checkpoint of any size, and reads all of it only to verify", async () => {
    const file = path("best.safetensors");
    const facts = { step: 3, epoch: 0, cursor: null, key: [1, 2] as never, schedule: null, description: { task: "x" } };
    const stopping = { best: 1.5, bestStep: 2, badEvaluations: 0 } as never;
    writeFileSync(
      file,
      await encodeCheckpoint({ ...facts, stopping, params: { W: ndarray([1, 2]) }, optimizer: {}, carry: {} }),
    );
    expect((await shell(["inspect", file])).out).toMatch(/SHA-256 +not checked; --verify reads the whole file/);
    expect((await shell(["inspect", file, "--verify"])).out).toMatch(/SHA-256 +right/);
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    expect((await shell(["inspect", file])).code).toBe(0);
    expect(await shell(["inspect", file, "--verify"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/SHA-256 is/),
    });
  });

  test("shows long names cut, and no control character of a file", async () => {
    const name = `\u001b[2J${"w".repeat(3000)}`;
    const file = path("names.safetensors");
    writeFileSync(file, encodeSafetensors({ [name]: ndarray([1]) }, { "\u009bk": "\u001b]0;title\u0007" }));
    const { out } = await shell(["inspect", file]);
    expect(out).toMatch(/\\u001b\[2Jw+… {2}f32\[1\]/);
    expect(out.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(out.length).toBeLessThan(600);
  });

  const goldens = JSON.parse(
    readFileSync(new URL("../../../packages/onnx/test/goldens/models.json", import.meta.url), "utf8"),
  ) as Record<string, string>;
  const golden = (name: string): string => {
    writeFileSync(path(`${name}.onnx`), Buffer.from(goldens[name] as string, "base64"));
    return path(`${name}.onnx`);
  };

  test("shows where an ONNX model's weights stand", async () => {
    expect((await shell(["inspect", golden("where")])).out).toMatch(
      /Weights\n {2}outside +f32\[1000, 10\] +40\.0 kB {2}in model\.onnx\.data\n {2}thin +f32\[10, 10\] +8 B {6}sparse\n\n4 tensors, 40\.0 kB; 2 of them .* not listed\n1 of them, 40\.0 kB, in the file model\.onnx\.data/,
    );
    expect((await shell(["inspect", golden("kinds")])).out).toMatch(
      /words +sequence\(string\[N\]\)\n {2}boxes +sequence\(map\(i64, f32\[\]\)\)\n/,
    );
  });

  test("refuses what no honest file has in one line, naming the limit", async () => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(2n ** 53n);
    writeFileSync(path("long.safetensors"), Buffer.concat([length, Buffer.from("{}")]));
    // A graph with an operator whose name is two million ESC.
    const name = Buffer.alloc(2_000_000, 0x1b);
    const head = (number: number, bytes: number) => [
      number * 8 + 2,
      (bytes & 127) | 128,
      ((bytes >> 7) & 127) | 128,
      bytes >> 14,
    ];
    const node = Buffer.concat([Buffer.from(head(4, name.length)), name]);
    const graph = Buffer.concat([Buffer.from(head(1, node.length)), node]);
    writeFileSync(path("long.onnx"), Buffer.concat([Buffer.from(head(7, graph.length)), graph]));
    for (const [file, limit] of [
      ["long.safetensors", "at most 32000000 are read"],
      ["long.onnx", "a name of 2000000 bytes stands at byte 12; at most 4096 are read"],
    ] as const) {
      const { code, err } = await shell(["inspect", path(file)]);
      expect(code).toBe(1);
      expect(err).toContain(limit);
      expect(err.split("\n")).toHaveLength(2);
      expect(err.length).toBeLessThan(400);
    }
  });

  test("says what a file is not, and what is not there", async () => {
    writeFileSync(path("notes.txt"), "Dear diary");
    expect((await shell(["inspect", path("notes.txt")])).err).toMatch(
      /is neither a safetensors file nor an ONNX model/,
    );
    expect((await shell(["inspect", path("gone.onnx")])).err).toMatch(
      /gone\.onnx: there is no such file or folder\.\n$/,
    );
    expect((await shell(["inspect", "/dev/null"])).err).toMatch(/it is not a file, but a folder, a pipe or a device/);
  });
});
