import { additive, attention } from "@throughtime/attention";
import { cpu } from "@throughtime/backend-cpu";
import { lstm } from "@throughtime/cells";
import { foldIn, key, ndarray, randomBits } from "@throughtime/core";
import { adam, clipByNorm, sourceOf, train } from "@throughtime/train";
import { precomputed } from "@throughtime/vision";
import { describe, expect, test } from "vitest";
import { type CaptionDecoder, captioner, captionModel, hardAttention, softAttention, topDown } from "../src/index.js";
import { i32 } from "./arrays.js";

// Every place of a picture shows one of four things, and one place is marked: the caption names the thing there. What a mean over the
// places tells is too little.
const [E, H, L, THINGS] = [8, 24, 6, 4];
const [BEGIN, END, V] = [0, 1, 2 + THINGS];
const D = THINGS + 1;

function pictures(seed: number, B: number) {
  const bits = randomBits(foldIn(key(77), seed), B * (L + 1));
  const grid = new Float32Array(B * L * D);
  const captions = Array.from({ length: B }, (_, b) => {
    const [marked = 0, ...things] = Array.from(bits.subarray(b * (L + 1), (b + 1) * (L + 1)));
    const at = marked % L;
    things.forEach((thing, l) => {
      grid[(b * L + l) * D + (thing % THINGS)] = 1;
    });
    grid[(b * L + at) * D + THINGS] = 1;
    return { at, words: [2 + ((things[at] as number) % THINGS)] };
  });
  // The mean over the places is all that a decoder without attention sees.
  const mean = Float32Array.from({ length: B * D }, (_, i) => {
    const places = Array.from({ length: L }, (__, l) => grid[(Math.floor(i / D) * L + l) * D + (i % D)] as number);
    return places.reduce((a, b) => a + b) / L;
  });
  const row = (word: number) => Array<number>(B).fill(word);
  const said = [captions.map(({ words }) => words[0] as number)];
  const images = { grid: ndarray(grid, { shape: [B, L, D] }), pooled: ndarray(mean, { shape: [B, D] }) };
  const batch = { images, input: i32([row(BEGIN), ...said]), output: i32([...said, row(END)]), lengths: i32(row(2)) };
  return { captions, batch };
}

const parts = {
  cell: lstm({ inputSize: E + D, hiddenSize: H }),
  attention: attention(additive({ querySize: H, memorySize: D })),
};
const encoder = precomputed({ height: 1, width: L, gridSize: D, pooledSize: D });

/** Trains on 32 pictures a step; then, of 200 unseen ones, the share of right captions and of first words that were said looking at the marked place. */
async function trained(decoder: CaptionDecoder<never, never, never>, seed: number, steps: number) {
  const backend = await cpu();
  const model = captionModel({ encoder, decoder, vocabularySize: V });
  const training = train({
    ...{
      backend,
      params: model.init(key(seed)),
      loss: model.loss,
      noise: model.noise,
      carry: model.carry as never,
      dims: model.dims,
    },
    ...{ key: key(100 + seed), optimizer: adam({ learningRate: 0.01 }), clip: clipByNorm(1), steps },
    source: sourceOf({
      stepsPerEpoch: 100,
      batchAt: (i, epoch) => pictures(100 * epoch + i, 32).batch,
      units: () => 64,
    }),
  } as Parameters<typeof train>[0]);
  for await (const { loss } of training) expect(Number.isFinite(loss)).toBe(true);
  const { caption, release } = await captioner(backend, model, (await training.snapshot()).params);
  const { captions, batch } = pictures(1e6, 200);
  const found = await caption(batch.images, { begin: BEGIN, end: END, maxLength: 4, size: 2 });
  release();
  const share = (holds: (i: number) => boolean) => captions.filter((_, i) => holds(i)).length / captions.length;
  return {
    right: share((i) => String(found[i]?.[0]?.tokens) === String(captions[i]?.words)),
    looked: share((i) => {
      const weights = found[i]?.[0]?.attention?.[0] ?? new Float32Array(0);
      return weights.indexOf(Math.max(...weights)) === captions[i]?.at;
    }),
  };
}

describe("a training where it matters which place is looked at", () => {
  test("soft attention finds it, and top-down cannot", async () => {
    const soft = await trained(softAttention(parts) as never, 1, 200);
    expect(soft.right).toBeGreaterThan(0.97);
    expect(soft.looked).toBeGreaterThan(0.97);
    const none = await trained(
      topDown({ cell: lstm({ inputSize: E, hiddenSize: H }), pooledSize: D }) as never,
      1,
      100,
    );
    expect(none.right).toBeLessThan(0.6);
  });

  test.each([1, 2, 3, 4, 5])("hard attention finds it by REINFORCE, seed %d", async (seed) => {
    const hard = await trained(hardAttention(parts) as never, seed, 250);
    expect(hard.right).toBeGreaterThan(0.97);
    expect(hard.looked).toBeGreaterThan(0.97);
  });
});
