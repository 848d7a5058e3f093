import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import { constant, key, logSoftmax, type NdArray, ndarray, type Tensor } from "@throughtime/core";
import type { Hypothesis } from "@throughtime/decode";
import type { ImageTensors } from "@throughtime/vision";
import { describe, expect, test } from "vitest";
import { captioner } from "../src/index.js";
import { BATCH, i32, imagesOf, randomized, run } from "./arrays.js";
import { L, MODELS } from "./models.js";

const OPTIONS = { begin: 1, end: 2, never: [0, 1], maxLength: 5 };
const words = (found: readonly (readonly Hypothesis[])[]) => found.map((own) => own.map(({ tokens }) => tokens));
const images = BATCH.images as ImageTensors<NdArray>;

describe.each(MODELS)("%s", (_, model) => {
  const params = randomized(model, 1);

  /** ln p of a caption and its end, by reading it word by word. */
  const score = (b: number, tokens: readonly number[]): number => {
    const steps = (p: never, pictures: ImageTensors<Tensor>) => {
      let begun = model.begin(p, pictures);
      return [1, ...tokens].map((token) => {
        const { logits, state } = model.step(p, begun, constant(i32([token])));
        begun = { ...begun, state };
        return logSoftmax(logits);
      });
    };
    const rows = run(steps, params, imagesOf(b));
    return [...tokens, 2].reduce((sum, token, t) => sum + ((rows[t] as NdArray).data[token] as number), 0);
  };

  test("captions pictures side by side as one at a time, with the scores that reading word by word gives, and frees what it held", async () => {
    const backend = reference();
    const { caption, release } = await captioner(backend, model, params);
    const found = await caption(images, { ...OPTIONS, size: 4, nBest: 3 });
    expect(found.map((hypotheses) => hypotheses.length)).toEqual([3, 3, 3]);
    for (const [b, hypotheses] of found.entries()) {
      const [alone] = await caption(imagesOf(b), { ...OPTIONS, size: 4, nBest: 3 });
      expect(words([alone ?? []])).toEqual(words([hypotheses]));
      for (const { tokens, logProbability, attention } of hypotheses) {
        expect(logProbability).toBeCloseTo(score(b, tokens), 4);
        expect(attention === undefined).toBe(model.decoder.gridSize === undefined);
        if (attention) expect(attention).toHaveLength(tokens.length + 1);
        for (const weights of attention ?? []) {
          expect(weights).toHaveLength(L);
          expect(weights.reduce((a, w) => a + w, 0)).toBeCloseTo(1, 5);
        }
      }
    }
    release();
    await new Promise((done) => setTimeout(done, 1));
    expect(backend.liveArrays()).toBe(0);
  });
});

describe("hard attention", () => {
  const [, model] = MODELS.find(([name]) => name === "hard attention") as (typeof MODELS)[number];
  const params = randomized(model, 1);

  test("looks at one place for each word", async () => {
    const { caption, release } = await captioner(reference(), model, params);
    for (const [best] of await caption(images, OPTIONS)) {
      for (const weights of best?.attention ?? []) expect([...weights].sort().reverse()).toEqual([1, 0, 0, 0, 0, 0]);
    }
    release();
  });

  test("draws the places from a key, the same on every backend", async () => {
    const found: (readonly (readonly Hypothesis[])[])[] = [];
    for (const backend of [reference(), await cpu(), await ort()]) {
      const { caption, release } = await captioner(backend, model, params);
      found.push(
        await caption(images, { ...OPTIONS, key: key(7) }),
        await caption(images, { ...OPTIONS, key: key(7) }),
      );
      found.push(await caption(images, { ...OPTIONS, key: key(8) }));
      release();
    }
    const places = found.map((own) => own.map(([best]) => best?.attention?.map((weights) => weights.indexOf(1))));
    const [first, again, other] = places;
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(places.slice(3, 6)).toEqual([first, first, other]);
    expect(places.slice(6)).toEqual([first, first, other]);
  });
});

describe("caption", () => {
  const [, model] = MODELS[0] as (typeof MODELS)[number];
  const made = () => captioner(reference(), model, randomized(model));

  test("of no pictures there are none", async () => {
    const { caption, release } = await made();
    const none = {
      grid: ndarray(new Float32Array(0), { shape: [0, 6, 5] }),
      pooled: ndarray(new Float32Array(0), { shape: [0, 2] }),
    };
    expect(await caption(none, OPTIONS)).toEqual([]);
    release();
  });

  test("says what does not fit, and goes on", async () => {
    const { caption, release } = await made();
    const { grid, pooled } = images as { grid: NdArray; pooled: NdArray };
    const refused = (given: unknown, options: object = OPTIONS) =>
      expect(caption(given as never, options as never)).rejects;
    await refused({ pixels: grid }).toThrow("precomputed: expected images { grid, pooled }");
    await refused({ grid, pooled: grid }).toThrow("precomputed: pooled is f32[B, 6, 5]; expected [B, 2]");
    await refused({ grid, pooled: { ...pooled, data: pooled.data.slice(0, 4), shape: [2, 2] } }).toThrow(
      "caption: images.pooled is f32[2, 2], images.grid f32[3, 6, 5]; expected { pixels }, or { grid, pooled }",
    );
    await refused({}).toThrow("caption: images is");
    await refused(images, { ...OPTIONS, beam: 3 }).toThrow('caption: the options have "beam"; expected');
    await refused(images, { ...OPTIONS, key: key(1) }).toThrow(
      "caption: a key is given, but topDown(lstm) draws nothing. Leave it out.",
    );
    expect(await caption(images, OPTIONS)).toHaveLength(3);
    await refused({ pixels: grid }).toThrow("precomputed: expected images { grid, pooled }");
    await refused({ grid, pooled: grid }).toThrow("precomputed: pooled is f32[B, 6, 5]; expected [B, 2]");
    expect(await caption(images, OPTIONS)).toHaveLength(3);
    release();
    await refused(images).toThrow("caption: this captioner was released. Make another.");
  });
});
