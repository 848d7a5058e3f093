import { key } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { type DecodeStep, generate, sampler } from "../src/index.js";

/** A model that always predicts the token after the last one, modulo 5, and remembers what it read. */
const counting: DecodeStep<readonly number[]> = (read, token) => ({
  state: [...read, token],
  logits: Float32Array.from({ length: 5 }, (_, id) => (id === (token + 1) % 5 ? 10 : 0)),
});

async function collect(tokens: AsyncIterable<number>): Promise<number[]> {
  const out: number[] = [];
  for await (const token of tokens) out.push(token);
  return out;
}

const greedy = sampler({ greedy: true });

describe("generating", () => {
  test("reads the prime, then feeds every token back", async () => {
    const tokens = await collect(
      generate({ step: counting, state: [], prime: [0, 3], length: 4, sampler: greedy, key: key(1) }),
    );
    expect(tokens).toEqual([4, 0, 1, 2]);
  });

  test("steps the model once per token of the prime and once per token after the first, and no more", async () => {
    const read: number[] = [];
    const step: DecodeStep<null> = async (_, token) => {
      read.push(token);
      return { state: null, logits: (await counting([], token)).logits };
    };
    await collect(generate({ step, state: null, prime: Int32Array.of(2, 2), length: 3, sampler: greedy, key: key(1) }));
    expect(read).toEqual([2, 2, 3, 4]);
  });

  test("a longer text begins with the shorter one, and another key gives another text", async () => {
    const even: DecodeStep<null> = () => ({ state: null, logits: new Float32Array(50) });
    const run = (length: number, seed: number) =>
      collect(generate({ step: even, state: null, prime: [0], length, sampler: sampler(), key: key(seed) }));
    const long = await run(40, 3);
    expect(await run(10, 3)).toEqual(long.slice(0, 10));
    expect(await run(40, 4)).not.toEqual(long);
  });

  test("a second loop is an error, not a text of nothing", async () => {
    const tokens = generate({ step: counting, state: [], prime: [0], length: 3, sampler: greedy, key: key(1) });
    expect(await collect(tokens)).toEqual([1, 2, 3]);
    await expect(collect(tokens)).rejects.toMatchObject({
      name: "ReleasedError",
      message: expect.stringContaining("Call generate() again"),
    });
  });

  test("goes on until the caller stops", async () => {
    const tokens: number[] = [];
    for await (const token of generate({ step: counting, state: [], prime: [0], sampler: greedy, key: key(1) })) {
      if (tokens.push(token) === 100) break;
    }
    expect(tokens.length).toBe(100);
  });

  test("refuses an empty prime and a length that is no count", async () => {
    const options = { step: counting, state: [], prime: [0], sampler: greedy, key: key(1) };
    await expect(collect(generate({ ...options, prime: [] }))).rejects.toThrow(/prime is empty/);
    await expect(collect(generate({ ...options, length: -1 }))).rejects.toThrow(/length must be an integer ≥ 0/);
    await expect(collect(generate({ ...options, length: 1.5 }))).rejects.toMatchObject({ name: "OptionError" });
    expect(await collect(generate({ ...options, length: 0 }))).toEqual([]);
  });

  test("refuses options that there are not, and takes a reader's release", async () => {
    const options = { step: counting, state: [], prime: [0], sampler: greedy, key: key(1), length: 2 };
    let released = false;
    const release = () => {
      released = true;
    };
    const reader = { ...options, release };
    expect(await collect(generate(reader))).toEqual(await collect(generate(options)));
    expect(released).toBe(false);
    const mistyped = { ...options, lenght: 5 };
    await expect(collect(generate(mistyped))).rejects.toThrow(
      'generate: the options have "lenght"; expected { step, state, prime, length, sampler, key }.',
    );
  });

  test("a token that is not one of the vocabulary's is an error, in the prime and from the sampler", async () => {
    const options = { step: counting, state: [], prime: [0], length: 2, sampler: greedy, key: key(1) };
    for (const token of [-1, 5, 1.5, Number.NaN]) {
      await expect(collect(generate({ ...options, prime: [0, token] }))).rejects.toMatchObject({
        name: "DataError",
        message: expect.stringContaining(`generate: the prime's token ${token} is out of range; expected 0 … `),
      });
      await expect(collect(generate({ ...options, sampler: () => token }))).rejects.toMatchObject({
        name: "DataError",
        message: expect.stringContaining(`generate: the sampler's token ${token} is out of range; expected 0 … 4.`),
      });
    }
  });

  test("passes on what the step throws", async () => {
    const broken: DecodeStep<null> = () => Promise.reject(new Error("the device is gone"));
    await expect(
      collect(generate({ step: broken, state: null, prime: [0], length: 1, sampler: greedy, key: key(1) })),
    ).rejects.toThrow("the device is gone");
  });
});
