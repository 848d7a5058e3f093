import { reference } from "@throughtime/backend-reference";
import { key, upload } from "@throughtime/core";
import { generate, sampler } from "@throughtime/decode";
import { describe, expect, test } from "vitest";
import { bitsFromNats, charModel, evaluateLanguageModel as evaluate, natsFromBits, tokenReader } from "../src/index.js";

const V = 5;
const model = charModel({ cell: "gru", vocabularySize: V, hiddenSize: 6, dropout: 0.5 });
const params = model.init(key(4));
const tokens = Int32Array.from({ length: 38 }, (_, k) => (k * k + 2 * k) % V);

describe("evaluateLanguageModel", () => {
  test("predicts every token but the first, whatever the length of a call", async () => {
    const whole = await evaluate(reference(), model, params, tokens, { time: 100 });
    expect(whole.tokens).toBe(tokens.length - 1);
    for (const time of [1, 7, 37]) {
      expect((await evaluate(reference(), model, params, tokens, { time })).nats).toBeCloseTo(whole.nats, 5);
    }
  });

  test("reads lanes side by side: the mean over each lane read alone", async () => {
    const both = await evaluate(reference(), model, params, tokens, { batch: 2, time: 5 });
    const lane = Math.floor((tokens.length - 1) / 2);
    const alone = await Promise.all(
      [0, lane].map((start) => evaluate(reference(), model, params, tokens.slice(start, start + lane + 1))),
    );
    expect(both.tokens).toBe(2 * lane);
    expect(both.nats).toBeCloseTo(((alone[0]?.nats as number) + (alone[1]?.nats as number)) / 2, 5);
  });

  test("gives the same in nats, bits and as a perplexity", async () => {
    const { nats, bits, perplexity: choices } = await evaluate(reference(), model, params, tokens);
    expect(bits).toBeCloseTo(nats / Math.log(2), 10);
    expect(choices).toBeCloseTo(2 ** bits, 10);
    expect(natsFromBits(bitsFromNats(1.25))).toBeCloseTo(1.25, 12);
  });

  test("takes parameters that live on the backend, leaves them there, and nothing else", async () => {
    const backend = reference();
    const placed = await upload(backend, params);
    const before = backend.liveArrays();
    const there = await evaluate(backend, model, placed, tokens, { batch: 3, time: 4 });
    expect(backend.liveArrays()).toBe(before);
    expect(there).toEqual(await evaluate(backend, model, params, tokens, { batch: 3, time: 4 }));
    expect(backend.liveArrays()).toBe(before);
  });

  test("refuses a text of one token", async () => {
    await expect(evaluate(reference(), model, params, tokens.slice(0, 1))).rejects.toThrow(/1 tokens are too few/);
  });
});

describe("tokenReader", () => {
  const read = async (seed: number, length = 12) => {
    const backend = reference();
    const reader = await tokenReader(backend, model, params);
    const text: number[] = [];
    for await (const token of generate({ ...reader, prime: [1, 2], length, sampler: sampler(), key: key(seed) }))
      text.push(token);
    reader.release();
    return { text, live: backend.liveArrays() };
  };

  test("generates the same text for the same key, and another for another", async () => {
    const { text } = await read(1);
    expect(text).toHaveLength(12);
    expect(text.every((token) => token >= 0 && token < V)).toBe(true);
    expect((await read(1)).text).toEqual(text);
    expect((await read(2)).text).not.toEqual(text);
  });

  test("leaves nothing on the backend once released", async () => {
    expect((await read(1)).live).toBe(0);
  });

  test("can begin anew from its first state", async () => {
    const reader = await tokenReader(reference(), model, params);
    const first = await reader.step(reader.state, 3);
    const logits = [...Array.from(first.logits)];
    await reader.step(first.state, 1);
    expect(Array.from((await reader.step(reader.state, 3)).logits)).toEqual(logits);
  });
});
