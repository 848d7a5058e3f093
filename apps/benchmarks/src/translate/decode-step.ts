import type { Backend, NdArray } from "@throughtime/core";
import { type Seq2SeqBatch, translator } from "@throughtime/seq2seq";
import type { Step } from "../peers/peer.js";
import type { Network } from "./network.js";
import { BEGIN, END, PAD } from "./task.js";

export interface DecodingWork {
  readonly backend: Backend;
  readonly model: Network;
  readonly params: unknown;
  readonly batch: Seq2SeqBatch<NdArray>;
  readonly beam: number;
}

/** A step is the search for translations of all sentences of the batch. */
export async function decodeStepOf({ backend, model, params, batch, beam }: DecodingWork): Promise<Step> {
  const { translate, release } = await translator(backend, model, params);
  const lengths = Array.from(batch.sourceLengths.data);
  const B = lengths.length;
  const sources = lengths.map((length, b) => Array.from({ length }, (_, s) => batch.source.data[s * B + b] as number));
  const options = {
    ...{ begin: BEGIN, end: END, never: [PAD, BEGIN], size: beam, batch: B },
    maxLength: (words: number) => words,
  };
  return {
    async step() {
      let sum = 0;
      for await (const [best] of translate(sources, options)) sum += best?.logProbability ?? Number.NaN;
      return sum / B;
    },
    async close() {
      release();
    },
  };
}
