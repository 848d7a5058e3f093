import { headerOf, keptTokens, requireSame, type SavedModel } from "@throughtime/task";
import type { VocabularyJson } from "@throughtime/text";
import type { Json } from "@throughtime/train";
import type { CharModelDescription } from "../char-model.js";
import type { LmDescription } from "../model-file.js";
import type { LearnSettings } from "./learn.js";
import { type LmTrainValues, trainOptions } from "./options.js";

/** What the model is made of, but for the vocabulary, which the text decides. */
export const modelSettings = (
  { cell, hidden, layers, embedding, dropout }: LmTrainValues,
  from: SavedModel<LmDescription> | undefined,
): Omit<Required<CharModelDescription>, "vocabularySize"> =>
  from
    ? { ...from.description.model, dropout }
    : { cell, hiddenSize: hidden, layers, embeddingSize: embedding ?? hidden, dropout };

export const learnSettings = (values: LmTrainValues): LearnSettings => ({
  ...{ kind: values.tokens, case: values.case, merges: values.merges, unknown: values.unknown },
  ...keptTokens(values.tokens, values),
  trained: 1 - values.validation - values.test,
});

/** The model of --from, to begin with. Throws OptionError for options that say another model or other tokens. */
export async function modelToBeginWith(
  values: LmTrainValues,
  isGiven: (name: string) => boolean,
  model: (path: string) => Promise<SavedModel<LmDescription>>,
): Promise<SavedModel<LmDescription> | undefined> {
  if (values.from === undefined) return undefined;
  const saved = await model(values.from);
  const ofModel = (name: string) => isGiven(name) && MODEL_OPTIONS.has(name);
  requireSame(
    trainOptions,
    values,
    ofModel,
    optionsOfModel(saved),
    `the model in ${values.from}`,
    "--from begins with it",
  );
  return saved;
}

/** What a model that a training begins with decides. */
const MODEL_OPTIONS: ReadonlySet<string> = new Set<keyof typeof trainOptions>([
  ...(["cell", "hidden", "layers", "embedding"] as const),
  ...(["tokens", "case", "unknown", "minFrequency", "maxVocabulary", "merges"] as const),
]);

/** A model as the options that make it. */
export function optionsOfModel({
  checkpoint,
  description: { model, tokens },
}: SavedModel<LmDescription>): Readonly<Record<string, Json>> {
  const { options = {} } = headerOf(checkpoint.description);
  const { settings, vocabulary } = tokens.json;
  const { unknown } = vocabulary as VocabularyJson;
  return {
    // A file of an earlier version has none.
    ...Object.fromEntries(Object.entries(options).filter(([name]) => MODEL_OPTIONS.has(name))),
    ...{ cell: model.cell, hidden: model.hiddenSize, layers: model.layers, embedding: model.embeddingSize },
    tokens: settings.kind,
    ...(settings.kind !== "characters" && { case: settings.case }),
    ...(settings.kind === "characters" && unknown !== undefined && { unknown }),
  };
}
