import { key } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import {
  type IdPair,
  lineSplitter,
  type PairBatchOptions,
  type PairCursor,
  pairArrays,
  pairBatches,
  pairColumns,
  pairLines,
  readLines,
} from "../src/index.js";

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}
const bytes = (...chunks: readonly string[]) => chunks.map((chunk) => new TextEncoder().encode(chunk));

describe("lines of a stream", () => {
  test("end in LF or CRLF, a mark at the beginning is taken off, and the last needs no end", async () => {
    expect(await collect(readLines(bytes("\ufeffeins\r\nzw", "ei\n\ndr", "ei")))).toEqual(["eins", "zwei", "", "drei"]);
    expect(await collect(readLines(bytes("a\n")))).toEqual(["a"]);
    expect(await collect(readLines([]))).toEqual([]);
  });

  test("characters may be cut anywhere between chunks", async () => {
    const whole = new TextEncoder().encode("für 나\nü𝄞");
    const single = Array.from(whole, (_, i) => whole.subarray(i, i + 1));
    expect(await collect(readLines(single))).toEqual(["für 나", "ü𝄞"]);
  });

  test("that are not UTF-8 are named, after all lines before them", async () => {
    const lines = readLines([Uint8Array.of(97, 10, 98, 10, 0xff, 10, 99)], { name: "x.de" });
    expect(await lines.next()).toEqual({ done: false, value: "a" });
    expect(await lines.next()).toEqual({ done: false, value: "b" });
    await expect(lines.next()).rejects.toThrow(/line 3 of x\.de is not UTF-8/);
    await expect(collect(readLines([Uint8Array.of(0xc3)]))).rejects.toMatchObject({ name: "DataError" });
  });
});

describe("what a line is", () => {
  /** Lines of a text whose bytes come in chunks of a size. */
  const lines = (text: string, size: number) => {
    const whole = new TextEncoder().encode(text);
    return collect(readLines(Array.from({ length: whole.length }, (_, i) => whole.subarray(i * size, (i + 1) * size))));
  };

  test.each<[string, string, readonly string[]]>([
    ["LF", "a\n\nb\n", ["a", "", "b"]],
    ["CRLF", "a\r\n\r\nb\r\n", ["a", "", "b"]],
    ["LF and CRLF", "a\r\nb\nc\r\n", ["a", "b", "c"]],
    ["CR where there is nothing else", "a\r\rb\r", ["a", "", "b"]],
    ["CR, the last without an end", "a\rb", ["a", "b"]],
    ["a CR in a file of LF", "a\rb\nc\n", ["a\rb", "c"]],
    ["no end at all", "a", ["a"]],
    ["one blank line", "\n", [""]],
    ["one CR", "\r", [""]],
    [
      "what else separates",
      "a\u2028b\u2029c\u0085d\u000be\u000cf\u001cg\n",
      ["a\u2028b\u2029c\u0085d\u000be\u000cf\u001cg"],
    ],
    ["a mark of byte order", "\ufeffa\r\n\ufeffb", ["a", "\ufeffb"]],
  ])("%s, however the bytes are cut", async (_, text, expected) => {
    for (const size of [1, 2, 3, 100]) expect(await lines(text, size)).toEqual(expected);
  });

  test("is decided by the first million characters, however the bytes are cut", async () => {
    const [far, near] = [`${"x".repeat(2 ** 20)}\ry\nz\n`, `\r${"x".repeat(2 ** 20)}\ny\n`];
    for (const size of [65_536, 2 ** 22]) {
      expect((await lines(far, size)).map(({ length }) => length)).toEqual([2 ** 20 + 2, 1]);
      expect((await lines(near, size)).map(({ length }) => length)).toEqual([0, 2 ** 20, 1]);
    }
  });

  test("is the same in another encoding", async () => {
    const read = (encoding: "latin1" | "utf16le", text: string) =>
      collect(
        readLines([Buffer.from(text, encoding)], { encoding: encoding === "latin1" ? "windows-1252" : "utf-16le" }),
      );
    expect(await read("latin1", "Käse\r\nGrüße")).toEqual(["Käse", "Grüße"]);
    expect(await read("utf16le", "\ufeffKäse\nਊ鯨\n")).toEqual(["Käse", "ਊ鯨"]);
  });

  test("a long one costs no more than it is long", async () => {
    const chunk = new TextEncoder().encode("x".repeat(65_536));
    const [line] = await collect(readLines(Array<Uint8Array>(800).fill(chunk)));
    expect(line?.length).toBe(800 * 65_536);
  });

  test("a splitter cuts what gets too long at white space", () => {
    const splitter = lineSplitter({ longest: 10 });
    const parts = [...splitter.push("one two three four\nfive"), ...splitter.push(" six seven"), ...splitter.end()];
    expect(parts.map(({ text, ended }) => text + (ended ? "|" : ""))).toEqual([
      "one two three four|",
      "five six",
      " seven",
    ]);
  });
});

describe("pairs of lines", () => {
  test("go side by side", async () => {
    expect(await collect(pairLines(["a", "b"], ["x", "y"]))).toEqual([
      { source: "a", target: "x" },
      { source: "b", target: "y" },
    ]);
    expect(await collect(pairColumns(["a\tx\tnote", "b\ty"]))).toEqual([
      { source: "a", target: "x" },
      { source: "b", target: "y" },
    ]);
  });

  test("may be blank", async () => {
    expect(await collect(pairColumns(["", "a\tx", " \u00a0 ", "\t", "b\t"]))).toEqual([
      ...[
        { source: "", target: "" },
        { source: "a", target: "x" },
        { source: " \u00a0 ", target: "" },
      ],
      ...[
        { source: "", target: "" },
        { source: "b", target: "" },
      ],
    ]);
    expect(await collect(pairLines(["", "a"], ["x", ""]))).toHaveLength(2);
  });

  test("are closed, both, when nobody wants more and when one cannot be read", async () => {
    const closed: string[] = [];
    const side = async function* (name: string, failsAt = Infinity) {
      try {
        for (let i = 0; ; i++) {
          if (i === failsAt) throw new Error(`${name} is broken`);
          yield `${name} ${i}`;
        }
      } finally {
        closed.push(name);
      }
    };
    for await (const { source } of pairLines(side("a"), side("b"))) if (source === "a 2") break;
    await expect(collect(pairLines(side("c"), side("d", 2)))).rejects.toThrow("d is broken");
    await new Promise((resolve) => setTimeout(resolve));
    expect(closed.sort()).toEqual(["a", "b", "c", "d"]);
  });

  test("that don't pair up are named with both counts and the first wrong line", async () => {
    await expect(collect(pairLines(["a", "b", "c"], ["x"]))).rejects.toThrow(
      /source has 3 lines and the target 1; line 2/,
    );
    await expect(collect(pairLines([], ["x"]))).rejects.toThrow(/source has 0 lines and the target 1; line 1/);
    await expect(collect(pairLines(["a"], [], "x.de → x.en"))).rejects.toThrow(
      /of x\.de → x\.en the source has 1 lines/,
    );
    await expect(collect(pairColumns(["a\tb", "c"]))).rejects.toThrow(/line 2 of the text has no tab/);
  });
});

const ids = { pad: 0, begin: 2, end: 3 };
/** 300 pairs; their first word is their number, from 10. */
const PAIRS: readonly IdPair[] = Array.from({ length: 300 }, (_, i) => ({
  source: Int32Array.from({ length: 1 + ((i * 7) % 23) }, (__, t) => (t === 0 ? 10 + i : 5)),
  target: Int32Array.from({ length: 1 + ((i * 7) % 23) + (i % 3) }, (__, t) => (t === 0 ? 10 + i : 6)),
}));
const source = (options: Partial<PairBatchOptions> = {}) =>
  pairBatches({ open: () => PAIRS, ids, batchTokens: 400, key: key(1), epochs: 1, ...options });

async function read(from = source(), start: PairCursor = from.start) {
  const out = [];
  for (let next = await from.next(start); next; next = await from.next(next.cursor)) out.push(next);
  return out;
}
const numbers = (batches: Awaited<ReturnType<typeof read>>) =>
  batches.flatMap(({ batch: { source: x } }) => Array.from(x.data.subarray(0, x.shape[1])));

describe("batches of pairs", () => {
  test("stand time first, with begin before and end after, and lengths", () => {
    const { input, output, ...rest } = pairArrays(
      [
        { source: Int32Array.of(7, 8), target: Int32Array.of(9) },
        { source: Int32Array.of(7), target: Int32Array.of(8, 9) },
      ],
      ids,
    );
    expect([...rest.source.data]).toEqual([7, 7, 8, 0]);
    expect(rest.source.shape).toEqual([2, 2]);
    expect([...rest.sourceLengths.data, ...rest.lengths.data]).toEqual([2, 1, 2, 3]);
    expect([...input.data]).toEqual([2, 2, 9, 8, 0, 9]);
    expect([...output.data]).toEqual([9, 8, 3, 9, 0, 3]);
  });

  test("may be a batch of 200,000, or words of 200,000 pieces", () => {
    const pair = { source: Int32Array.of(7), target: Int32Array.of(9) };
    expect(pairArrays(Array(200_000).fill(pair), ids).source.shape).toEqual([1, 200_000]);
    const long = { source: new Int32Array(200_000), target: new Int32Array(200_000) };
    expect(pairArrays([long], ids).input.shape).toEqual([200_001, 1]);
  });

  test("hold every pair once an epoch, within the number of places, with little padding", async () => {
    const batches = await read();
    expect(numbers(batches).sort((a, b) => a - b)).toEqual(PAIRS.map((_, i) => 10 + i));
    let [places, padded] = [0, 0];
    for (const { batch, padding } of batches) {
      const size = batch.source.data.length + batch.output.data.length;
      expect(size).toBeLessThanOrEqual(400);
      places += size;
      padded += padding * size;
    }
    expect(padded / places).toBeLessThan(0.08);
    expect(batches.reduce((sum, { units }) => sum + units, 0)).toBe(
      PAIRS.reduce((sum, p) => sum + p.target.length + 1, 0),
    );
  });

  test("come in another order in every epoch, and in the same for the same key", async () => {
    const two = numbers(await read(source({ epochs: 2 })));
    expect(two).toHaveLength(600);
    expect(two.slice(0, 300)).not.toEqual(two.slice(300));
    expect(numbers(await read(source({ epochs: 2 })))).toEqual(two);
    expect(numbers(await read(source({ key: key(2) })))).not.toEqual(two.slice(0, 300));
  });

  test("have the same sizes in every epoch, so that what is compiled for sizes is compiled in the first", async () => {
    const batches = await read(source({ epochs: 2, batch: 16, batchTokens: undefined }));
    const sizes = batches.map(({ batch }) => [...batch.source.shape, ...batch.output.shape].join("×"));
    expect(sizes).toHaveLength(38);
    expect(sizes.slice(19)).not.toEqual(sizes.slice(0, 19));
    expect(sizes.slice(19).sort()).toEqual(sizes.slice(0, 19).sort());
  });

  test("go on from any cursor as if they had not stopped, also where pairs are read in pools", async () => {
    const options = { pool: 70, epochs: 2 };
    const all = await read(source(options));
    expect(
      numbers(all)
        .slice(0, 300)
        .sort((a, b) => a - b),
    ).toEqual(PAIRS.map((_, i) => 10 + i));
    for (const at of [0, 5, Math.floor(all.length / 2), all.length - 1]) {
      const cursor = JSON.parse(JSON.stringify(all[at]?.cursor));
      expect(numbers(await read(source(options), cursor))).toEqual(numbers(all.slice(at + 1)));
    }
  });

  test("are read from a stream, of which only a pool is held", async () => {
    let [taken, most] = [0, 0];
    const open = function* () {
      for (const pair of PAIRS) {
        taken++;
        yield pair;
      }
    };
    const from = source({ open, pool: 50 });
    let seen = 0;
    for (let next = await from.next(from.start); next; next = await from.next(next.cursor)) {
      seen += next.batch.lengths.data.length;
      most = Math.max(most, taken - seen);
    }
    expect([seen, taken]).toEqual([300, 300]);
    expect(most).toBeLessThan(50);
  });

  test("leave out pairs that are empty or too long", async () => {
    const empty = { source: Int32Array.of(), target: Int32Array.of(9) };
    const batches = await read(source({ open: () => [empty, ...PAIRS], maxLength: 10 }));
    expect(numbers(batches).length).toBe(PAIRS.filter((p) => p.source.length <= 10 && p.target.length <= 10).length);
    await expect(read(source({ open: () => [empty] }))).rejects.toThrow(
      /no pair is left: 1 with a blank side, 0 with more than Infinity words/,
    );
  });

  test("a pair that needs more places than there are is a batch of its own", async () => {
    const batches = await read(source({ batchTokens: 1, open: () => PAIRS.slice(0, 4) }));
    expect(batches.map(({ batch }) => batch.lengths.data.length)).toEqual([1, 1, 1, 1]);
    expect(() => source({ batchTokens: 0 })).toThrow(/batchTokens must be an integer ≥ 1/);
  });

  test("hold at most as many pairs as they may, all but the last", async () => {
    const batches = await read(source({ batchTokens: undefined, batch: 32 }));
    const sizes = batches.map(({ batch }) => batch.lengths.data.length);
    expect(Math.max(...sizes)).toBe(32);
    expect(sizes.filter((size) => size < 32)).toEqual([300 % 32]);
    expect(numbers(batches).sort((a, b) => a - b)).toEqual(PAIRS.map((_, i) => 10 + i));
    expect(() => source({ batchTokens: undefined })).toThrow(/neither batch nor batchTokens is given/);
  });
});

describe("pairs of what is no list of ids", () => {
  const ids = { pad: 0, begin: 1, end: 2 };
  const words = Int32Array.of(3, 4);

  test.each<[unknown, string]>([
    [{ source: words }, "pairArrays: the target of pair 1 is undefined; expected a list of ids"],
    [{ source: "ab", target: words }, 'pairArrays: the source of pair 1 is the string "ab"'],
    [{ source: words, target: [3, 4.5] }, "pairArrays: the target of pair 1 has the number 4.5 at 1"],
  ])("are an error: %j", (pair, message) => {
    expect(() => pairArrays([{ source: words, target: words }, pair as IdPair], ids)).toThrow(message);
  });

  test("mistyped options are an error", () => {
    const options = { open: () => [], ids, batch: 2, maxlength: 3 };
    expect(() => pairBatches(options)).toThrow('pairBatches: the options have "maxlength"');
  });
});
