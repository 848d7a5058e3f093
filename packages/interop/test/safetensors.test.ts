import { readFileSync } from "node:fs";
import { type DType, type NdArray, ndarray, sizeOf, toNested } from "@throughtime/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../src/index.js";

const golden = JSON.parse(readFileSync(new URL("goldens/safetensors.json", import.meta.url), "utf8")) as {
  file: string;
};

/** A file with this header text, whatever it says, and this many bytes of zeros after it. */
function fileOf(header: string, dataBytes = 0, claimed?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const headerOf = (file: Uint8Array): string =>
  new TextDecoder().decode(file.subarray(8, 8 + Number(new DataView(file.buffer).getBigUint64(0, true))));

const refusal = (file: Uint8Array): string => {
  try {
    decodeSafetensors(file);
  } catch (error) {
    expect((error as Error).name).toBe("CheckpointError");
    return (error as Error).message;
  }
  throw new Error("the file was read");
};

const small = encodeSafetensors(
  {
    w: ndarray([
      [1, 2],
      [3, 4],
    ]),
    n: ndarray([5, -6], { dtype: "i32" }),
    mask: ndarray([true, false, true]),
  },
  { note: "a" },
);

const arrays: fc.Arbitrary<NdArray> = fc
  .record({
    dtype: fc.constantFrom<DType>("f32", "f64", "i32", "bool"),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
    seed: fc.integer(),
  })
  .map(({ dtype, shape, seed }) => {
    const values = Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(seed + i) * 1000);
    return ndarray(
      dtype === "bool" ? values.map((v) => v > 0) : values.map((v) => (dtype === "i32" ? Math.trunc(v) : v)),
      { shape, dtype },
    );
  });

describe("safetensors", () => {
  test("what is written is read back, element for element", () => {
    const trees = fc.dictionary(fc.string({ unit: "grapheme", minLength: 1 }), arrays, { maxKeys: 6 });
    fc.assert(
      fc.property(trees, fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
        const read = decodeSafetensors(encodeSafetensors(tensors, metadata));
        expect(read.metadata).toEqual(metadata);
        expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(tensors).sort());
        for (const [name, array] of Object.entries(tensors)) expect(read.tensors[name]).toEqual(array);
      }),
      { numRuns: 200 },
    );
  });

  test("equal contents give equal bytes, in whatever order they are passed", () => {
    const a = ndarray([1, 2, 3]);
    const b = ndarray([1], { dtype: "f64" });
    expect(encodeSafetensors({ a, b, 7: a }, { x: "1", 2: "y" })).toEqual(
      encodeSafetensors({ 7: a, b, a }, { 2: "y", x: "1" }),
    );
  });

  test("every tensor is aligned to its element's width in the file", () => {
    const file = encodeSafetensors({ a: ndarray([true]), b: ndarray([1]), c: ndarray([1], { dtype: "f64" }) });
    expect(headerOf(file).length % 8).toBe(0);
    const header = JSON.parse(headerOf(file)) as Record<string, { data_offsets: [number, number] }>;
    expect([header.c, header.b, header.a].map((entry) => entry?.data_offsets)).toEqual([
      [0, 8],
      [8, 12],
      [12, 13],
    ]);
  });

  test("a file of the reference implementation is read, narrow floats and integers widened", () => {
    const { tensors, metadata } = decodeSafetensors(Buffer.from(golden.file, "base64"));
    expect(metadata).toEqual({ format: "pt", note: "„ü“\n" });
    const values = Object.fromEntries(Object.entries(tensors).map(([name, array]) => [name, toNested(array)]));
    expect(values).toEqual({
      f64: [[1.5, -2.25]],
      f32: [Math.fround(0.1), -0, Infinity],
      f16: [1, -0.333251953125, 6.103515625e-5, 2 ** -24, -Infinity, 65504],
      bf16: [1, -3.140625, 2 ** -130],
      i64: [-(2 ** 31), 2 ** 31 - 1],
      i32: [[7], [-8]],
      i16: [-300],
      i8: [-5],
      u8: [255],
      bool: [1, 0, 1],
      scalar: 4,
      empty: [],
      "Ä 名": [1],
    });
    expect(tensors.empty?.shape).toEqual([0, 3]);
    expect(
      Object.values(tensors)
        .map(({ dtype }) => dtype)
        .sort(),
    ).toEqual(["bool", "f32", "f32", "f32", "f32", "f32", "f32", "f64", "i32", "i32", "i32", "i32", "i32"]);
  });

  test("metadata that is null is none, as in the reference implementation", () => {
    expect(decodeSafetensors(fileOf('{"__metadata__":null}'))).toEqual({ tensors: {}, metadata: {} });
  });

  test("NaNs keep their payload, and what is read shares no memory with the file", () => {
    const bits = new Uint32Array([0x7fc12345]);
    const file = encodeSafetensors({ x: ndarray(new Float32Array(bits.buffer)) });
    const { tensors } = decodeSafetensors(file);
    file.fill(0);
    expect(new Uint32Array(tensors.x!.data.buffer)[0]).toBe(0x7fc12345);
  });

  test("a file that begins at an odd byte of its buffer is read", () => {
    const shifted = new Uint8Array(small.length + 3).subarray(3);
    shifted.set(small);
    expect(decodeSafetensors(shifted)).toEqual(decodeSafetensors(small));
  });

  test("what cannot be written is refused before a byte is", () => {
    expect(() => encodeSafetensors({ __metadata__: ndarray([1]) })).toThrow(/the format's own name/);
    expect(() => encodeSafetensors({ a: { data: new Float32Array(3), shape: [2], dtype: "f32" } })).toThrow(
      /"a" is f32\[2\], but its data are 3/,
    );
    expect(() => encodeSafetensors({ a: { data: new Float64Array(2), shape: [2], dtype: "f32" } })).toThrow(
      /elements of 8 bytes/,
    );
    expect(() => encodeSafetensors({}, { n: 1 as unknown as string })).toThrow(/must be a string/);
  });
});

describe("a damaged or hostile safetensors file", () => {
  test("truncated at any length is refused", () => {
    for (let length = 0; length < small.length; length++) {
      expect(refusal(small.slice(0, length))).toMatch(/^safetensors: /);
    }
  });

  test("with any bit flipped is refused or read as the format allows, never anything else", () => {
    for (let at = 0; at < small.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const file = small.slice();
        file[at]! ^= 1 << bit;
        try {
          const { tensors } = decodeSafetensors(file);
          for (const { data, shape } of Object.values(tensors)) expect(data.length).toBe(sizeOf(shape));
        } catch (error) {
          expect((error as Error).name, `byte ${at}, bit ${bit}: ${error}`).toBe("CheckpointError");
        }
      }
    }
  });

  test("of random bytes, or with a header of random JSON, is refused or read", () => {
    const attempt = (file: Uint8Array) => {
      try {
        decodeSafetensors(file);
      } catch (error) {
        expect((error as Error).name).toBe("CheckpointError");
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt));
    fc.assert(fc.property(fc.string(), (text) => attempt(fileOf(`{${text}`))));
    const entry = fc.record(
      { dtype: fc.constantFrom("F32", "X", 3), shape: fc.jsonValue(), data_offsets: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(entry, fc.jsonValue())), (header) =>
        attempt(fileOf(JSON.stringify(header), 4)),
      ),
    );
  });

  const entry = (shape: string, offsets: string, dtype = "F32") =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

  test.each<[string, Uint8Array, RegExp]>([
    ["an empty file", new Uint8Array(0), /the file has 0 bytes/],
    ["a header longer than the file", fileOf("{}", 0, 99n), /claims a header of 99 bytes, but only 2 follow/],
    [
      "a header of exabytes",
      fileOf("{}", 0, 2n ** 64n - 1n),
      /claims a header of 18446744073709551615 bytes; at most 32000000/,
    ],
    ["no header", fileOf("", 4), /must begin with "\{", but it is empty/],
    ["a header that is no object", fileOf("[1]"), /must begin with "\{", received byte 91/],
    [
      "a header that is not UTF-8",
      (() => {
        const f = fileOf('{"a":1}');
        f[10] = 0xff;
        return f;
      })(),
      /not valid UTF-8/,
    ],
    ["a header that is not JSON", fileOf('{"a" 1}'), /not JSON/],
    ["a string without end", fileOf('{"a'), /string at character 1 does not end/],
    ["JSON followed by something", fileOf("{}{}"), /not JSON/],
    [
      "an unknown dtype",
      fileOf(`{"a":${entry("[1]", "[0,1]", "F7")}}`, 1),
      /"a" has dtype "F7"; the format knows F64, F32, /,
    ],
    [
      "a dtype whose values are not read",
      fileOf(`{"a":${entry("[1]", "[0,1]", "F8_E4M3")}}`, 1),
      /"a" is F8_E4M3; values of F64, F32, /,
    ],
    ["six bits that end within a byte", fileOf(`{"a":${entry("[3]", "[0,2]", "F6_E2M3")}}`, 2), /takes 2\.25 bytes/],
    [
      "a dtype that is an object's own word",
      fileOf(`{"a":${entry("[1]", "[0,1]", "constructor")}}`, 1),
      /has dtype "constructor"/,
    ],
    ["a missing dtype", fileOf('{"a":{"shape":[],"data_offsets":[0,0]}}'), /"a" has dtype undefined/],
    ["an entry that is a number", fileOf('{"a":5}'), /"a" must be described by an object, received 5/],
    ["an unknown field", fileOf(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}`, 4), /unknown field "x"/],
    ["a negative dimension", fileOf(`{"a":${entry("[-1]", "[0,4]")}}`, 4), /shape must be .* received \[-1\]/],
    ["a fractional dimension", fileOf(`{"a":${entry("[1.5]", "[0,4]")}}`, 4), /holds "\." at character \d+/],
    [
      "a negative offset",
      fileOf(`{"a":${entry("[1]", "[-4,0]")}}`, 4),
      /data_offsets must be two whole numbers ≥ 0, received \[-4, 0\]/,
    ],
    ["three offsets", fileOf(`{"a":${entry("[1]", "[0,4,4]")}}`, 4), /data_offsets must be two/],
    ["offsets the wrong way round", fileOf(`{"a":${entry("[1]", "[4,0]")}}`, 4), /hold -4/],
    [
      "a shape whose product overflows",
      fileOf(`{"a":${entry("[4294967296,4294967296]", "[0,4]")}}`, 4),
      /too large to count/,
    ],
    [
      "a product that overflows to zero",
      fileOf(`{"a":${entry("[9007199254740991,9007199254740991,0]", "[0,0]")}}`),
      /too large to count/,
    ],
    ["a huge dimension", fileOf(`{"a":${entry("[99999999999999999999]", "[0,4]")}}`, 4), /whole numbers ≥ 0/],
    [
      "a huge tensor",
      fileOf(`{"a":${entry("[1000000000000]", "[0,4000000000000]")}}`, 4),
      /ends at byte 4000000000000 .* the file has 4 bytes/,
    ],
    [
      "a shape unlike its bytes",
      fileOf(`{"a":${entry("[2]", "[0,4]")}}`, 4),
      /F32\[2\] takes 8 bytes, but data_offsets \[0, 4\] hold 4/,
    ],
    [
      "a shape of a thousand dimensions",
      fileOf(`{"a":${entry(`[${Array(1000).fill(1)}]`, "[0,4]")}}`, 4),
      /a list has more than 32 values, at character \d+; a tensor has at most 32/,
    ],
    [
      "overlapping tensors",
      fileOf(`{"a":${entry("[2]", "[0,8]")},"b":${entry("[2]", "[4,12]")}}`, 12),
      /"b" begins at byte 4 and overlaps tensor "a", which ends at 8/,
    ],
    ["a tensor within another", fileOf(`{"a":${entry("[4]", "[0,16]")},"b":${entry("[1]", "[4,8]")}}`, 16), /overlaps/],
    [
      "a gap",
      fileOf(`{"a":${entry("[1]", "[0,4]")},"b":${entry("[1]", "[8,12]")}}`, 12),
      /"b" begins at byte 8, leaving a gap after tensor "a", which ends at 4/,
    ],
    ["a gap at the beginning", fileOf(`{"a":${entry("[1]", "[4,8]")}}`, 8), /leaving a gap after the header/],
    [
      "trailing bytes",
      fileOf(`{"a":${entry("[1]", "[0,4]")}}`, 7),
      /3 bytes follow tensor "a" and belong to no tensor/,
    ],
    ["bytes and no tensors", fileOf("{}", 7), /7 bytes follow the header/],
    [
      "a name twice",
      fileOf(`{"a":${entry("[0]", "[0,0]")},"a":${entry("[1]", "[0,4]")}}`, 4),
      /the name "a" stands twice/,
    ],
    [
      "a name twice, spelled differently",
      fileOf(`{"a":${entry("[0]", "[0,0]")},"\\u0061":${entry("[1]", "[0,4]")}}`, 4),
      /the name "a" stands twice/,
    ],
    [
      "a field twice",
      fileOf(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"dtype":"I32"}}`, 4),
      /the name "dtype" stands twice/,
    ],
    ["metadata that is no object", fileOf('{"__metadata__":[]}'), /__metadata__ must be an object of strings/],
    [
      "metadata that is no string",
      fileOf('{"__metadata__":{"a":1}}'),
      /__metadata__: "a" must be a string, received 1/,
    ],
    ["deep nesting", fileOf(`{"a":${"[".repeat(5000)}`), /nests deeper than 3/],
    [
      "an integer beyond i32",
      (() => {
        const f = fileOf(`{"a":${entry("[1]", "[0,8]", "I64")}}`, 8);
        f[f.length - 1] = 1;
        return f;
      })(),
      /"a", I64\[1\]: element 0 is 72057594037927936, which does not fit i32/,
    ],
    [
      "a boolean that is 2",
      (() => {
        const f = fileOf(`{"a":${entry("[1]", "[0,1]", "BOOL")}}`, 1);
        f[f.length - 1] = 2;
        return f;
      })(),
      /element 0 is 2, which does not fit bool/,
    ],
  ])("%s is refused, saying what is wrong", (_, file, message) => {
    expect(refusal(file)).toMatch(message);
  });

  test("beyond the limits is refused; the limits can be lowered", () => {
    const file = encodeSafetensors({ a: ndarray([1]), b: ndarray([[2]]) });
    expect(() => decodeSafetensors(file, { headerBytes: 10 })).toThrow(/at most 10 are read/);
    expect(() => decodeSafetensors(file, { tensors: 1 })).toThrow(/names 2 tensors; at most 1/);
    expect(() => decodeSafetensors(file, { rank: 1 })).toThrow(/"b": shape must be at most 1 whole/);
  });

  test("names that JavaScript's objects know are ordinary names", () => {
    const tensors = Object.fromEntries(["__proto__", "constructor", "toString"].map((name, i) => [name, ndarray([i])]));
    const read = decodeSafetensors(encodeSafetensors(tensors));
    expect(Object.keys(read.tensors).sort()).toEqual(["__proto__", "constructor", "toString"]);
    expect(Object.getPrototypeOf(read.tensors)).toBe(Object.prototype);
  });
});
