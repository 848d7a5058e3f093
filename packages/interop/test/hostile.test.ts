import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { inspectSafetensors } from "../src/index.js";

const MB = 1e6;
const encoder = new TextEncoder();

/** Bytes of a text over and over, without ever being there as a string. */
function repeated(text: string, bytes: number): Uint8Array {
  const unit = encoder.encode(text);
  const out = new Uint8Array(bytes);
  out.set(unit.subarray(0, bytes));
  for (let filled = unit.length; filled < bytes; filled *= 2)
    out.copyWithin(filled, 0, Math.min(filled, bytes - filled));
  return out;
}

/** A header of these parts, padded with spaces, after the eight bytes that claim a length. */
function fileOf(parts: readonly (string | Uint8Array)[], claimed?: bigint): Uint8Array {
  const all = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const length = all.reduce((sum, part) => sum + part.length, 0);
  const file = new Uint8Array(8 + length);
  new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(length), true);
  let at = 8;
  for (const part of all) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

const EMPTY = '{"dtype":"F32","shape":[],"data_offsets":[0,4]}';
/** `count` names of eight hex digits, each with a value. */
const named = (count: number, value: string): Uint8Array => {
  const unit = `"00000000":${value},`;
  const out = repeated(unit, count * unit.length);
  for (let k = 0; k < count; k++) {
    const digits = k.toString(16).padStart(8, "0");
    for (let i = 0; i < 8; i++) out[k * unit.length + 1 + i] = digits.charCodeAt(i);
  }
  return out;
};

const CASES: readonly [string, () => Uint8Array, RegExp][] = [
  ["a header of 2⁵³ bytes", () => fileOf(["{}"], 2n ** 53n), /header of 9007199254740992 bytes; at most 32000000 are/],
  ["a header of 2⁶⁴ − 1 bytes", () => fileOf(["{}"], 2n ** 64n - 1n), /header of 18446744073709551615 bytes; at most/],
  ["a million tensors", () => fileOf(["{", named(1e6, EMPTY), `"z":${EMPTY}}`]), /at most 32000000 are read/],
  ["as many names as fit", () => fileOf(["{", named(MB, "{}"), '"z":{}}']), /names more than 100000 tensors; at most/],
  [
    "a million metadata entries",
    () => fileOf(['{"__metadata__":{', named(MB, '""'), '"z":""}}']),
    /more than 100000 names/,
  ],
  [
    "100,000 tensors of one byte range",
    () => fileOf(["{", named(1e5, EMPTY), `"z":${EMPTY}}`]),
    /names 100001 tensors/,
  ],
  [
    "overlaps without end",
    () => fileOf(["{", named(99_999, EMPTY), `"z":${EMPTY}}    `]),
    /ends at byte 4 of the data/,
  ],
  ["a name of megabytes", () => fileOf(['{"', repeated("x", 31 * MB), `":${EMPTY}}`]), /name of 31000000 characters/],
  [
    "names of megabytes",
    () =>
      fileOf([
        "{",
        ...Array(9)
          .fill(0)
          .flatMap((_, i) => [`"${i}`, repeated("é", MB), `":${EMPTY},`]),
        '"z":{}}',
      ]),
    /a name of 500001 characters/,
  ],
  [
    "a dtype of megabytes",
    () => fileOf(['{"a":{"dtype":"', repeated("\u001b[2J", 31 * MB), '"}}']),
    /not JSON|has dtype/,
  ],
  ["a string that never ends", () => fileOf(['{"', repeated("x", 31 * MB)]), /string at character 1 does not end/],
  ["escapes without end", () => fileOf(['{"', repeated("\\\\", 31 * MB)]), /does not end/],
  ["megabytes of lists", () => fileOf(['{"a":', repeated("[", 31 * MB)]), /nests deeper than 3 levels/],
  ["megabytes of objects", () => fileOf(['{"a":', repeated('{"a":', 31 * MB)]), /nests deeper than 3 levels/],
  ["a shape of a million sizes", () => fileOf(['{"a":{"shape":[', repeated("1,", 31 * MB)]), /more than 32 values/],
  ["brackets that close too often", () => fileOf(["{", repeated("}", 31 * MB)]), /a bracket too many/],
  ["white space", () => fileOf(["{", repeated(" ", 31 * MB)]), /not JSON/],
  ["digits", () => fileOf(['{"a":', repeated("9", 31 * MB)]), /a number of more than 20 digits/],
  [
    "a number of millions of digits",
    () => fileOf(['{"a":', repeated("9", 31 * MB), "}"]),
    /a number of more than 20 digits/,
  ],
  ["commas", () => fileOf(["{", repeated(",", 31 * MB)]), /more than 100000 tensors/],
  ["no UTF-8", () => fileOf(["{", new Uint8Array(31 * MB).fill(0xff)]), /not valid UTF-8/],
  [
    "offsets near 2⁵³",
    () => fileOf(['{"a":{"dtype":"U8","shape":[1],"data_offsets":[9007199254740990,9007199254740991]}}']),
    /ends at byte 9007199254740991/,
  ],
  [
    "offsets beyond 2⁵³",
    () => fileOf(['{"a":{"dtype":"U8","shape":[1],"data_offsets":[9007199254740992,9007199254740993]}}']),
    /two whole numbers/,
  ],
  [
    "a shape that overflows",
    () => fileOf(['{"a":{"dtype":"F4","shape":[4294967296,4294967296],"data_offsets":[0,0]}}']),
    /too large to count/,
  ],
];

describe("a hostile safetensors file", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const start = process.memoryUsage().rss;

  test.each(CASES)("with %s is refused in one short line, a second and 200 MB", async (_, make, message) => {
    collect(); // What the last case left does not count.
    const file = make();
    const began = process.cpuUsage();
    const failure: Error = await inspectSafetensors({
      size: file.length,
      read: (offset, length) => file.subarray(offset, offset + length),
    }).then(
      () => new Error("it was read"),
      (error: Error) => error,
    );
    // Of the processor, since others may be at work on it.
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1000).toBeLessThan(2000);
    expect(failure.name).toBe("CheckpointError");
    expect(failure.message).toMatch(message);
    expect(failure.message.length).toBeLessThan(500);
    expect(failure.message).not.toMatch(/\p{Cc}/u);
    // The peak of the whole process, less what it took before and the file that the test made.
    const peak = process.resourceUsage().maxRSS * 1024 - start - file.length;
    expect(peak / MB).toBeLessThan(200);
  });
});

test("a file of 100,000 tensors is inspected within the limits", async () => {
  const entries = Array.from({ length: 1e5 }, (_, k) => [
    `layer.${k}.weight`,
    { dtype: "F8_E5M2", shape: [1], data_offsets: [k, k + 1] },
  ]);
  const header = encoder.encode(JSON.stringify(Object.fromEntries(entries)));
  const file = fileOf([header]);
  const { tensors } = await inspectSafetensors({ size: file.length + 1e5, read: (at, n) => file.subarray(at, at + n) });
  expect(tensors).toHaveLength(1e5);
  expect(tensors[7]).toEqual({
    name: "layer.7.weight",
    dtype: "F8_E5M2",
    shape: [1],
    offset: file.length + 7,
    bytes: 1,
  });
});
