import { toNested } from "@throughtime/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LaneCursor, type Lanes, lanes, splitTokens } from "../src/index.js";

const range = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

async function read(source: Lanes, from: LaneCursor = source.start, most = 1000) {
  const steps = [];
  for (let cursor = from; steps.length < most; ) {
    const step = await source.next(cursor);
    if (step === null) break;
    steps.push(step);
    cursor = step.cursor;
  }
  return steps;
}

describe("lanes", () => {
  test("are read side by side, each predicting its next token", async () => {
    const [first, second, third] = await read(lanes(range(14), { batch: 2, time: 3 }), undefined, 3);
    expect(toNested(first!.batch.x)).toEqual([
      [0, 6],
      [1, 7],
      [2, 8],
    ]);
    expect(toNested(first!.batch.y)).toEqual([
      [1, 7],
      [2, 8],
      [3, 9],
    ]);
    expect(toNested(second!.batch.x)).toEqual([
      [3, 9],
      [4, 10],
      [5, 11],
    ]);
    expect([first, second, third].map((step) => [step!.reset, step!.epoch])).toEqual([
      [true, 0],
      [false, 0],
      [true, 1],
    ]);
    expect(third!.batch).toEqual(first!.batch);
  });

  const sizes = fc.record({
    batch: fc.integer({ min: 1, max: 6 }),
    time: fc.integer({ min: 1, max: 9 }),
    n: fc.integer({ min: 60, max: 300 }),
  });

  test("hold every prediction of a lane exactly once, in order, and their windows join", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ batch, time, n }) => {
        const source = lanes(range(n), { batch, time, last: "keep", epochs: 1 });
        const steps = await read(source);
        const length = Math.floor((n - 1) / batch);
        expect(steps.length).toBe(source.stepsPerEpoch);
        expect(source.tokensPerEpoch).toBe(length * batch);
        expect(steps.reduce((sum, { units }) => sum + units, 0)).toBe(length * batch);
        for (let lane = 0; lane < batch; lane++) {
          const column = (which: "x" | "y") =>
            steps.flatMap(({ batch: window }) =>
              (toNested(window[which]) as number[][]).map((row) => row[lane] as number),
            );
          expect(column("x")).toEqual([...range(n).subarray(lane * length, (lane + 1) * length)]);
          expect(column("y")).toEqual([...range(n).subarray(lane * length + 1, (lane + 1) * length + 1)]);
        }
      }),
    );
  });

  test("are resumed at any cursor after a trip through JSON, and give what they would have given", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(40), async ({ batch, time, n }, stop) => {
        const tokens = range(n);
        const whole = await read(lanes(tokens, { batch, time, epochs: 3 }));
        const at = whole[Math.min(stop, whole.length - 1)]!;
        const cursor = JSON.parse(JSON.stringify(at.cursor)) as LaneCursor;
        const rest = await read(lanes(tokens, { batch, time, epochs: 3 }), cursor);
        expect(rest).toEqual(whole.slice(whole.indexOf(at) + 1));
      }),
    );
  });

  test("end after their epochs, or never", async () => {
    const source = lanes(range(20), { batch: 2, time: 4, epochs: 2 });
    expect(source.stepsPerEpoch).toBe(2);
    expect(source.tokensPerEpoch).toBe(16);
    expect((await read(source)).length).toBe(4);
    expect((await read(lanes(range(20), { batch: 2, time: 4 }))).length).toBe(1000);
    expect(await lanes(range(20), { batch: 2, time: 4, epochs: 0 }).next(source.start)).toBeNull();
  });

  test("of a text that is empty, one character or shorter than a window say what is needed", () => {
    for (const n of [0, 1, 2, 64]) {
      expect(() => lanes(range(n), { batch: 1, time: 64 })).toThrow(
        expect.objectContaining({
          name: "DataError",
          message: expect.stringContaining(`${n} tokens are too few for 1 lanes in windows of 64: 65 are needed`),
        }),
      );
    }
    expect(lanes(range(65), { batch: 1, time: 64 }).stepsPerEpoch).toBe(1);
    expect(() => lanes(range(100), { batch: 32, time: 64 })).toThrow(/2049 are needed/);
    expect(() => lanes(range(1), { batch: 1, time: 64, last: "keep" })).toThrow(/2 are needed/);
    expect(lanes(range(2), { batch: 1, time: 64, last: "keep" }).tokensPerEpoch).toBe(1);
  });

  test("refuse options and cursors that are not theirs", async () => {
    for (const batch of [0, -1, 1.5, Number.NaN])
      expect(() => lanes(range(99), { batch, time: 2 })).toThrow(/batch must be an integer ≥ 1/);
    expect(() => lanes(range(99), { batch: 1, time: 0 })).toThrow(/time must be/);
    expect(() => lanes(range(99), { batch: 1, time: 2, epochs: -1 })).toThrow(/epochs must be/);
    const other = lanes(range(50), { batch: 1, time: 2 });
    await expect(other.next(lanes(range(99), { batch: 1, time: 2 }).start)).rejects.toThrow(
      /not of these lanes, which have 24 windows/,
    );
    await expect(other.next({ epoch: 0, window: 24, of: 24 })).rejects.toThrow(/not of these lanes/);
    await expect(other.next({} as LaneCursor)).rejects.toThrow(/not of these lanes/);
  });
});

describe("splitting", () => {
  test("gives three neighbouring parts that hold every token once", () => {
    const share = fc.nat(100);
    fc.assert(
      fc.property(fc.nat(500), share, share, (n, a, b) => {
        const [low, high] = [Math.min(a, b) / 100, Math.max(a, b) / 100];
        const parts = splitTokens(range(n), { train: low, validation: high - low, test: 1 - high });
        expect([...parts.train, ...parts.validation, ...parts.test]).toEqual([...range(n)]);
        expect(parts.train.length).toBe(Math.floor((n * Math.min(a, b)) / 100));
      }),
    );
  });

  test("does not lose a token to the rounding of decimal fractions", () => {
    const { train, validation, test: rest } = splitTokens(range(1000), { train: 0.9, validation: 0.05, test: 0.05 });
    expect([train.length, validation.length, rest.length]).toEqual([900, 50, 50]);
    const tenths = splitTokens(range(10), { train: 0.7, validation: 0.1, test: 0.2 });
    expect([tenths.train.length, tenths.validation.length, tenths.test.length]).toEqual([7, 1, 2]);
  });

  test("refuses fractions that are negative or do not sum to 1", () => {
    expect(() => splitTokens(range(9), { train: 0.9, validation: 0.2, test: 0.05 })).toThrow(
      /sum to 1, received 0.9, 0.2, 0.05/,
    );
    expect(() => splitTokens(range(9), { train: 1.1, validation: -0.1, test: 0 })).toThrow(/must be ≥ 0/);
    expect(() => splitTokens(range(9), { train: Number.NaN, validation: 0.5, test: 0.5 })).toThrow(/must be ≥ 0/);
  });
});

describe("a text that is no list of ids", () => {
  const how = { batch: 1, time: 2 };
  const of = (text: unknown) => () => lanes(text as Int32Array, how);

  test.each<[unknown, string]>([
    [[1, 2.5, 3], "lanes: the text has the number 2.5 at 1; expected ids, which are whole numbers."],
    [[1, 2, NaN], "lanes: the text has the number NaN at 2"],
    [[1, 2 ** 31, 3], "lanes: the text has the number 2147483648 at 1"],
    [["1", "2", "3"], 'lanes: the text has the string "1" at 0'],
    ["abc", 'lanes: the text is the string "abc"; expected a list of ids'],
    [undefined, "lanes: the text is undefined"],
  ])("is an error: %j", (text, message) => {
    expect(of(text)).toThrow(message);
  });

  test.each([[[1, 2, 3]], [Uint8Array.of(1, 2, 3)], [Float32Array.of(1, 2, 3)], [Object.freeze([1, 2, 3])]])(
    "numbers that are whole are ids in any list: %j",
    async (text) => {
      const [step] = await read(of(text)(), undefined, 1);
      expect(step?.batch.y.data).toEqual(Int32Array.of(2, 3));
    },
  );

  test("mistyped options are an error", () => {
    expect(() => lanes(range(9), { ...how, epoch: 1 } as never)).toThrow('lanes: the options have "epoch"');
  });
});
