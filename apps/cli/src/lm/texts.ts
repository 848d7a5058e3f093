import type { Backend } from "@throughtime/core";
import { bitsFromNats } from "@throughtime/language-model";
import { perplexity } from "@throughtime/metrics";
import { count } from "../format.js";
import type { LmTokens } from "./tokens/tokens.js";
import type { LmTraining } from "./training.js";

/** What is to be known before a training begins: text, model, steps. */
export function introduction(run: LmTraining, { device }: Backend, from = 0): string {
  const { model, training, data } = run.description;
  const { cell, hiddenSize, layers } = model;
  const { tokens: parts } = run.parts;
  const { unit } = run.tokens;
  const units = unit === "character" ? "" : ` in ${count(data.tokens)} ${unit}s`;
  return [
    `${data.name}: ${count(data.characters)} characters${units}, ${count(model.vocabularySize)} of them different; trains on ${count(parts.train)}, validates on ${count(parts.validation)}, keeps ${count(parts.test)} for eval`,
    `${cell}, ${layers} layer${layers === 1 ? "" : "s"} of ${hiddenSize}: ${count(run.parameters)} parameters, on ${device}`,
    `${count(training.steps)} steps of ${training.batch} × ${training.time} ${unit}s, ${count(run.stepsPerEpoch)} in an epoch${from > 0 ? `; goes on after step ${count(from)}` : ""}`,
  ].join("\n");
}

/**
 * A loss in all the units that people quote. `characters`: how many a token stands for, in the mean. By character, models of
 * characters, words and pieces can be compared.
 */
export function lossText(nats: number, unit: LmTokens["unit"] = "character", characters = 1): string {
  const bits = (value: number) => `${bitsFromNats(value).toFixed(3)} bits`;
  if (unit === "character")
    return `${nats.toFixed(4)} nats per character (${bits(nats)}, perplexity ${perplexity(nats).toFixed(2)})`;
  const each = nats / characters;
  return `${nats.toFixed(4)} nats per ${unit} (perplexity ${perplexity(nats).toFixed(2)}), ${each.toFixed(4)} nats per character (${bits(each)})`;
}

/** The loss on a training's validation part. */
export const validationText =
  ({ tokens, parts }: LmTraining) =>
  (nats: number): string =>
    lossText(nats, tokens.unit, parts.characters.validation / parts.tokens.validation);

export const indented = (text: string): string => text.replaceAll(/^/gm, "    ");
