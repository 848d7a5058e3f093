import type { Backend } from "@throughtime/core";
import { bitsFromNats } from "@throughtime/language-model";
import { perplexity } from "@throughtime/metrics";
import { count } from "../format.js";
import type { LmTraining } from "./training.js";

/** What is to be known before a training begins: text, model, steps. */
export function introduction(run: LmTraining, { device }: Backend, from = 0): string {
  const { model, training, data } = run.description;
  const { cell, hiddenSize, layers } = model;
  const parts = run.characters;
  return [
    `${data.name}: ${count(data.characters)} characters, ${model.vocabularySize} of them different; trains on ${count(parts.train)}, validates on ${count(parts.validation)}, keeps ${count(parts.test)} for eval`,
    `${cell}, ${layers} layer${layers === 1 ? "" : "s"} of ${hiddenSize}: ${count(run.parameters)} parameters, on ${device}`,
    `${count(training.steps)} steps of ${training.batch} × ${training.time} characters, ${count(run.stepsPerEpoch)} in an epoch${from > 0 ? `; goes on after step ${count(from)}` : ""}`,
  ].join("\n");
}

/** A loss in all the units that people quote. */
export const lossText = (nats: number): string =>
  `${nats.toFixed(4)} nats per character (${bitsFromNats(nats).toFixed(3)} bits, perplexity ${perplexity(nats).toFixed(2)})`;

export const indented = (text: string): string => text.replaceAll(/^/gm, "    ");
