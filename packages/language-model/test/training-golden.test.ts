import { readFileSync } from "node:fs";
import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import { type Backend, type NdArray, ndarray, sizeOf } from "@throughtime/core";
import { alphabet, lanes } from "@throughtime/text";
import { adam, clipByNorm, train } from "@throughtime/train";
import { describe, expect, test } from "vitest";
import { type CharModelDescription, charModel } from "../src/index.js";

/** The loss of each of 200 steps by PyTorch 2.13: goldens/make_goldens.py, whose settings these are. */
const goldens: Readonly<Record<"lstm" | "gru", readonly number[]>> = JSON.parse(
  readFileSync(new URL("goldens/training.json", import.meta.url), "utf8"),
);
const [T, B, E, H] = [16, 4, 8, 16];
const [LEARNING_RATE, CLIP] = [0.01, 0.25];
const WORDS = ["the", "sea", "whale", "ship", "and", "of", "a", "captain", "white", "harpoon"];

/** Integers in [0, 65537): Lehmer's generator with multiplier 75. */
function numbers(seed: number): () => number {
  let x = seed + 1;
  return () => {
    x = (x * 75 + 74) % 65537;
    return x;
  };
}

function makeText(words: number): string {
  const next = numbers(1);
  return `${Array.from({ length: words }, () => WORDS[next() % WORDS.length]).join(" ")}.`;
}

function weight(shape: readonly number[], seed: number, scale = 0.25): NdArray {
  const next = numbers(seed);
  return ndarray(
    Float32Array.from({ length: sizeOf(shape) }, () => scale * ((2 * next()) / 65537 - 1)),
    { shape },
  );
}

function firstParams({ cell, vocabularySize: V, layers = 1 }: CharModelDescription) {
  const gates = cell === "lstm" ? 4 : 3;
  return {
    embedding: { E: weight([V, E], 100, 1) },
    cell: Array.from({ length: layers }, (_, layer) => ({
      W: weight([layer === 0 ? E : H, gates * H], 200 + 10 * layer),
      U: weight([H, gates * H], 201 + 10 * layer),
      b: weight([gates * H], 202 + 10 * layer),
      ...(cell === "gru" ? { bn: weight([H], 203 + 10 * layer) } : {}),
    })),
    output: { W: weight([H, V], 300), b: weight([V], 301) },
  };
}

const BACKENDS: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => reference(),
  ort: () => ort({ threads: 1 }),
};

describe.each([
  ["lstm", 2],
  ["gru", 1],
] as const)("%s, layers: %i", (cell, layers) => {
  test.each(Object.entries(BACKENDS))(
    "on %s, has PyTorch's loss for 200 steps from the same weights, with Adam, clipping and carried state",
    async (_, open) => {
      const backend = await open();
      const text = makeText(700);
      const letters = alphabet(text);
      const description = { cell, layers, vocabularySize: letters.size, embeddingSize: E, hiddenSize: H };
      const model = charModel(description);
      const losses: number[] = [];
      const training = train({
        backend,
        params: firstParams(description),
        loss: model.loss,
        carry: model.initialState(B),
        dims: model.dims,
        optimizer: adam({ learningRate: LEARNING_RATE }),
        clip: clipByNorm(CLIP),
        source: lanes(letters.encode(text), { batch: B, time: T }),
        steps: 200,
      });
      for await (const { loss } of training) losses.push(loss);
      const golden = goldens[cell];
      expect(losses).toHaveLength(golden.length);
      const differences = losses.map((loss, step) => Math.abs(loss - (golden[step] as number)));
      expect(Math.max(...differences)).toBeLessThan(1e-3);
      expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 2);
      await backend.close();
    },
    120_000,
  );
});
