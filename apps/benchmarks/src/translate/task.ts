import { type Key, key, ndarray, randomBits, splitKey } from "@throughtime/core";
import type { Inputs } from "../problem.js";
import { type NetworkSizes, translatorOf } from "./network.js";
import { pathsOf } from "./paths.js";

/** What `translate-step` and `translate-decode` ask of a peer, beside what `Request` says. */
export interface TranslateTask {
  readonly peer: string;
  readonly threads: number;
  /** "train": a step is an update, and its number the loss. "decode": a step is a beam search, and its number the mean ln p of the best hypotheses. */
  readonly work: "train" | "decode";
  /** Training: of embedded words, each peer draws its own masks at every step; Adam's rate; the norm that gradients are clipped to. */
  readonly dropout: number;
  readonly learningRate: number;
  readonly clipNorm: number;
  /** Decoding: how many hypotheses are followed. A sentence's translation has at most as many words as it. */
  readonly beam: number;
  /**
   * A safetensors file: parameters by their paths in our model's tree, params.source.E and so on, and the batch of
   * @throughtime/seq2seq, batch.source [S, B], batch.sourceLengths [B], and for training batch.input, batch.output [T, B]
   * and batch.lengths [B]. f32 and i32.
   */
  readonly inputs: string;
}

export interface TranslateConfig extends NetworkSizes {
  readonly B: number;
  /** The longest source and the longest target, its end counted. Others are up to a third shorter. */
  readonly S: number;
  readonly T: number;
}

/** Ids of the special words, as in every vocabulary of @throughtime/text. */
export const [PAD, BEGIN, END, FIRST_WORD] = [0, 2, 3, 4] as const;

/** First parameters and a batch of random words, for all peers. Equal seeds give equal inputs. */
export function makeTranslateInputs({ B, S, T, ...sizes }: TranslateConfig, seed = 0): Inputs {
  const [forParams, forSource, forTarget] = splitKey(key(seed), 3);
  const lengths = (most: number) => Array.from({ length: B }, (_, b) => most - (b % Math.ceil(most / 3)));
  const [sourceLengths, targetLengths] = [lengths(S), lengths(T)];
  const source = sentences(forSource, sourceLengths, sizes.Vs);
  const target = sentences(
    forTarget,
    targetLengths.map((length) => length - 1),
    sizes.Vt,
  );
  const grid = (rows: readonly (readonly number[])[], time: number) => {
    const data = new Int32Array(time * B).fill(PAD);
    rows.forEach((row, b) =>
      row.forEach((id, t) => {
        data[t * B + b] = id;
      }),
    );
    return ndarray(data, { shape: [time, B] });
  };
  const vector = (values: readonly number[]) => ndarray(Int32Array.from(values));
  return {
    ...pathsOf("params", translatorOf(sizes).init(forParams)),
    "batch.source": grid(source, S),
    "batch.sourceLengths": vector(sourceLengths),
    "batch.input": grid(
      target.map((row) => [BEGIN, ...row]),
      T,
    ),
    "batch.output": grid(
      target.map((row) => [...row, END]),
      T,
    ),
    "batch.lengths": vector(targetLengths),
  };
}

function sentences(k: Key, lengths: readonly number[], V: number): number[][] {
  const bits = randomBits(
    k,
    lengths.reduce((sum, length) => sum + length, 0),
  );
  let at = 0;
  return lengths.map((length) =>
    Array.from({ length }, () => FIRST_WORD + ((bits[at++] as number) % (V - FIRST_WORD))),
  );
}
