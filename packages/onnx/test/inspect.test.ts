import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { inspectModel, readModel } from "../src/index.js";

const golden = JSON.parse(readFileSync(new URL("goldens/models.json", import.meta.url), "utf8")) as Record<
  "dtypes" | "where" | "nested" | "kinds",
  string
>;
const sourceOf = (bytes: Uint8Array) => ({
  size: bytes.length,
  read: (at: number, length: number) => bytes.subarray(at, at + length),
});
const bytesOf = (name: keyof typeof golden) => new Uint8Array(Buffer.from(golden[name], "base64"));
const inspected = (name: keyof typeof golden) => inspectModel(sourceOf(bytesOf(name)));

describe("inspectModel", () => {
  test("names every element type of ONNX, and counts bytes by its width", () => {
    const { weights, metadata, producerName, producerVersion, opsets } = inspected("dtypes");
    const eight = weights.map(({ name, dtype, bytes }) => `${name} ${dtype} ${bytes}`);
    expect(eight).toEqual([
      ...["FLOAT f32 32", "UINT8 u8 8", "INT8 i8 8", "UINT16 u16 16", "INT16 i16 16", "INT32 i32 32", "INT64 i64 64"],
      ...["BOOL bool 8", "FLOAT16 f16 16", "DOUBLE f64 64", "UINT32 u32 32", "UINT64 u64 64"],
      ...["COMPLEX64 complex64 64", "COMPLEX128 complex128 128", "BFLOAT16 bf16 16"],
      ...["FLOAT8E4M3FN f8_e4m3fn 8", "FLOAT8E4M3FNUZ f8_e4m3fnuz 8", "FLOAT8E5M2 f8_e5m2 8"],
      ...["FLOAT8E5M2FNUZ f8_e5m2fnuz 8", "UINT4 u4 4", "INT4 i4 4", "FLOAT4E2M1 f4_e2m1 4", "FLOAT8E8M0 f8_e8m0 8"],
      ...["UINT2 u2 2", "INT2 i2 2", "FLOAT6E2M3 f6_e2m3 6", "FLOAT6E3M2 f6_e3m2 6", "words string 5"],
    ]);
    expect({ metadata, producerName, producerVersion, opsets }).toEqual({
      ...{ metadata: { note: "a" }, producerName: "python", producerVersion: "1.23", opsets: { "": 21, local: 1 } },
    });
  });

  test("finds data in lists of numbers, beside the model, and sparse; an input with a default is a weight", () => {
    const { weights, inputs } = inspected("where");
    expect(weights).toEqual([
      { name: "typed", dtype: "f32", shape: [2, 2], bytes: 16, kind: "initializer" },
      {
        name: "outside",
        dtype: "f32",
        shape: [1000, 10],
        bytes: 40_000,
        kind: "initializer",
        external: "model.onnx.data",
      },
      { name: "scale", dtype: "f32", shape: [1], bytes: 4, kind: "initializer" },
      { name: "thin", dtype: "f32", shape: [10, 10], bytes: 8, kind: "sparse" },
    ]);
    expect(inputs).toEqual([{ name: "x", dtype: "f32", shape: ["T", 3] }]);
  });

  test("finds weights in Constants, branches and functions", () => {
    const { weights, operators } = inspected("nested");
    expect([...weights].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: "W1", dtype: "f32", shape: [3, 5], bytes: 60, kind: "constant" },
      { name: "W2", dtype: "f16", shape: [3, 5], bytes: 30, kind: "initializer" },
      { name: "ints", dtype: "i64", shape: [3], bytes: 24, kind: "constant" },
      { name: "k", dtype: "f32", shape: [3], bytes: 12, kind: "constant" },
    ]);
    expect(operators).toEqual({
      ...{ Constant: 1, If: 1, "If/Constant": 1, "If/Identity": 2, Scale: 1 },
      ...{ "function Scale/Constant": 1, "function Scale/Mul": 1 },
    });
  });

  test("says what an input is that is no tensor, or has no rank", () => {
    expect(inspected("kinds").inputs).toEqual([
      { name: "words", dtype: "sequence(string[N])", shape: null },
      { name: "boxes", dtype: "sequence(map(i64, f32[]))", shape: null },
      { name: "mask", dtype: "optional(bool[?, 2])", shape: null },
      { name: "thin", dtype: "sparse f32", shape: [10, 10] },
      { name: "any", dtype: "f8_e4m3fn", shape: null },
      { name: "scalar", dtype: "bf16", shape: [] },
      { name: "minus", dtype: "f32", shape: ["?", 0] },
      { name: "x", dtype: "f32", shape: ["T", 3] },
    ]);
  });

  test("cut anywhere, or with a byte changed, a model is refused or read, never anything else", () => {
    for (const name of ["where", "nested", "kinds"] as const) {
      const bytes = bytesOf(name);
      for (let at = 0; at < bytes.length; at++) {
        for (const damaged of [
          bytes.subarray(0, at),
          Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 0x55 : byte)),
        ]) {
          try {
            inspectModel(sourceOf(damaged));
          } catch (error) {
            expect((error as Error).name, `${name}, byte ${at}: ${error}`).toBe("DataError");
          }
        }
      }
    }
  });

  test("reads no tensor's bytes, however large it is", () => {
    const GB = 1e9;
    const inside = [...varint(8), ...varint(3 * GB), 16, 3, ...field(8, text("w")), 9 * 8 + 2, ...varint(3 * GB)];
    const tensor = [5 * 8 + 2, ...varint(inside.length + 3 * GB), ...inside];
    const start = [7 * 8 + 2, ...varint(tensor.length + 3 * GB), ...tensor];
    let read = 0;
    const { weights } = inspectModel({
      size: start.length + 3 * GB,
      read(at, length) {
        read += length;
        return Uint8Array.from({ length }, (_, i) => start[at + i] ?? 0);
      },
    });
    expect(weights).toEqual([{ name: "w", dtype: "i8", shape: [3 * GB], bytes: 3 * GB, kind: "initializer" }]);
    expect(read).toBeLessThan(40_000);
  });
});

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return bytes;
}

/** A field of a length: its number, and its bytes. */
const field = (number: number, bytes: readonly number[]): number[] => [
  ...varint(number * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
];

/** The same, for many bytes. */
function large(number: number, bytes: Uint8Array): Uint8Array {
  const head = [...varint(number * 8 + 2), ...varint(bytes.length)];
  const out = new Uint8Array(head.length + bytes.length);
  out.set(head);
  out.set(bytes, head.length);
  return out;
}

function repeated(unit: readonly number[], count: number): Uint8Array {
  const out = new Uint8Array(unit.length * count);
  out.set(unit);
  for (let filled = unit.length; filled < out.length; filled *= 2)
    out.copyWithin(filled, 0, Math.min(filled, out.length - filled));
  return out;
}

const MB = 1e6;
const graph = (parts: Uint8Array) => large(7, parts);
const nodes = (inside: readonly number[], count: number) => graph(repeated(field(1, inside), count));
const text = (value: string) => [...new TextEncoder().encode(value)];
/** A graph in a node's attribute in a graph … */
const deep = (levels: number): Uint8Array => {
  let inner: Uint8Array = new Uint8Array(0);
  for (let level = 0; level < levels; level++) inner = large(1, large(5, large(6, inner)));
  return graph(inner);
};
const deepType = (levels: number): Uint8Array => {
  let inner: Uint8Array = Uint8Array.from(field(1, []));
  for (let level = 0; level < levels; level++) inner = large(4, large(1, inner));
  return graph(large(11, large(2, inner)));
};

const CASES: readonly [string, () => Uint8Array, RegExp][] = [
  ["a name of megabytes", () => graph(large(5, large(8, repeated([0x1b], 30 * MB)))), /a name of 30000000 bytes/],
  ["an operator of megabytes", () => graph(large(1, large(4, repeated([0x1b], 30 * MB)))), /a name of 30000000 bytes/],
  [
    "long names without end",
    () => graph(repeated(field(5, field(8, new Array(4000).fill(0x1b))), 10_000)),
    /take more than 16000000 bytes/,
  ],
  [
    "operators of ever other names",
    () => {
      const all = nodes(field(4, [...text("operator"), ...new Array(4000).fill(0x78)]), 8000);
      for (let k = 0, at = 4; at + 20 < all.length; k++) {
        at = all.indexOf(0x6f, at);
        if (at < 0) break;
        all.set(text(k.toString(16).padStart(8, "0")), at);
        at += 4000;
      }
      return all;
    },
    /take more than 16000000 bytes/,
  ],
  ["millions of empty nodes", () => nodes([], 15 * MB), /more than 1000000 nodes/],
  ["millions of empty tensors", () => graph(repeated(field(5, []), 15 * MB)), /more than 100000 weights/],
  ["millions of inputs", () => graph(repeated(field(11, []), 15 * MB)), /more than 100000 weights, inputs/],
  [
    "millions of attributes",
    () => graph(large(1, repeated(field(5, []), 15 * MB))),
    /more than 100000 weights, inputs or attributes/,
  ],
  ["millions of dimensions", () => graph(large(5, large(1, repeated([1], 30 * MB)))), /more than 64 dimensions/],
  ["millions of dimensions, one by one", () => graph(large(5, repeated([8, 1], 15 * MB))), /more than 64 dimensions/],
  [
    "an input of millions of dimensions",
    () => graph(large(11, large(2, large(1, large(2, repeated(field(1, []), 15 * MB)))))),
    /more than 64 dimensions/,
  ],
  ["millions of metadata entries", () => repeated(field(14, []), 15 * MB), /more than 100000 entries/],
  ["metadata of megabytes", () => large(14, large(2, repeated([0x41], 30 * MB))), /take more than 16000000 bytes/],
  ["unknown fields without end", () => repeated(field(99, []), 25 * MB), /more than 4000000 fields/],
  ["graphs in graphs", () => deep(3000), /graphs nest deeper than 32 levels/],
  ["types in types", () => deepType(3000), /a type nests deeper than 32 levels/],
  [
    "a negative dimension",
    () => graph(Uint8Array.from(field(5, [...field(8, text("w\u001b")), 8, ...varint(-3)]))),
    /initializer "w\\u001b" has a dimension of -3/,
  ],
  [
    "a shape beyond counting",
    () => graph(Uint8Array.from(field(5, [16, 1, 8, ...varint(2 ** 40), 8, ...varint(2 ** 40)]))),
    /too large to count/,
  ],
  [
    "a shape unlike its bytes",
    () => graph(Uint8Array.from(field(5, [16, 1, 8, 3, ...field(9, [1, 2, 3, 4])]))),
    /f32\[3\], which takes 12 bytes, but holds 4/,
  ],
  ["a number of eleven bytes", () => Uint8Array.from([8, ...new Array(20).fill(0xff)]), /more than 10 bytes/],
  ["a length beyond the file", () => Uint8Array.from([7 * 8 + 2, ...varint(2 ** 40), 1]), /beyond its message's end/],
  [
    "a length near 2⁶³",
    () => Uint8Array.from([7 * 8 + 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    /beyond its message's end/,
  ],
  ["a negative length", () => Uint8Array.from([7 * 8 + 2, ...varint(-1)]), /beyond its message's end/],
  ["groups", () => Uint8Array.from([3, 3, 3, 3]), /wire type 3/],
  ["nothing in it", () => new Uint8Array(0), /hold no graph/],
  ["zeros", () => new Uint8Array(30 * MB), /Is it truncated, or not an ONNX file/],
];

describe("a hostile ONNX file", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const start = process.memoryUsage().rss;

  test.each(CASES)("with %s is refused in one short line, two seconds and 200 MB", (_, make, message) => {
    collect(); // What the last case left does not count.
    const bytes = make();
    for (const read of [(file: Uint8Array) => inspectModel(sourceOf(file)), readModel]) {
      const began = process.cpuUsage();
      let failure = new Error("it was read");
      try {
        read(bytes);
      } catch (error) {
        failure = error as Error;
      }
      // Of the processor, since others may be at work on it.
      const { user, system } = process.cpuUsage(began);
      expect((user + system) / 1000).toBeLessThan(2000);
      expect(failure.name).toBe("DataError");
      if (read !== readModel) expect(failure.message).toMatch(message);
      expect(failure.message.length).toBeLessThan(500);
      expect(failure.message).not.toMatch(/\p{Cc}/u);
    }
    // The peak of the whole process, less what it took before and the copies that the test makes of 30 MB.
    const peak = process.resourceUsage().maxRSS * 1024 - start - 3 * 30 * MB;
    expect(peak / MB).toBeLessThan(200);
  });
});
