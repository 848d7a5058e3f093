import { translator } from "@throughtime/seq2seq";
import type { Step } from "../peers/peer.js";
import { BEGIN, END, PAD } from "./task.js";
import type { TranslateWork } from "./train-step.js";

/** A step is the search for translations of all sentences of the batch. */
export async function decodeStepOf({ backend, model, params, batch, beam }: TranslateWork): Promise<Step> {
  const { translate, release } = await translator(backend, model, params);
  const { source, sourceLengths } = batch;
  const options = {
    begin: BEGIN,
    end: END,
    never: [PAD, BEGIN],
    size: beam,
    maxLength: Array.from(sourceLengths.data),
  };
  return {
    async step() {
      const found = await translate({ source, sourceLengths }, options);
      return found.reduce((sum, [best]) => sum + (best?.logProbability ?? Number.NaN), 0) / found.length;
    },
    async close() {
      release();
    },
  };
}
