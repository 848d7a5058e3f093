import { CheckpointError, isNdArray, mapTree, printable, trace, type } from "@throughtime/core";
import {
  headerOf,
  type Kind,
  type Opens,
  requireFields,
  requireSize,
  requireTask,
  type Saved,
} from "@throughtime/task";
import { type CharModel, type CharModelDescription, charModel, charModelSize } from "./char-model.js";
import { tokensFromJson } from "./tokens/from-json.js";
import type { LmTokens } from "./tokens/tokens.js";

/** How a model file says that it is a language model's. */
export const LANGUAGE_MODEL: Opens = {
  kind: "language-model",
  noun: "language model",
  loader: "loadLanguageModel of @throughtime/language-model",
};

/** Which text a model learned. */
export type LmData = {
  readonly name: string;
  readonly sha256: string;
  readonly characters: number;
  /** As many as the characters where these are the tokens. */
  readonly tokens: number;
};

/** What a model file of a language model says beside its tensors. */
export interface LmDescription {
  readonly model: Required<CharModelDescription>;
  readonly data: LmData;
  readonly tokens: LmTokens;
  /** Shares of its text that were kept apart. */
  readonly shares: { readonly validation: number; readonly test: number };
}

const MODEL: Readonly<Record<string, Kind>> = {
  cell: ["gru", "lstm", "rnn"],
  ...{ vocabularySize: "count", hiddenSize: "count", layers: "count", embeddingSize: "count", dropout: "number" },
};

/**
 * What a model file says, as a language model's. Throws CheckpointError where it is none, is not of this version, or describes another
 * model than its tensors are.
 */
export function readDescription(saved: Saved): LmDescription {
  requireTask(saved, LANGUAGE_MODEL);
  const { path, checkpoint } = saved;
  type Described = Pick<LmDescription, "model" | "data"> & { tokens: unknown; training: unknown };
  const { model, data, tokens: json, training } = checkpoint.description as unknown as Described;
  requireFields(path, "model", model, MODEL);
  requireFields(path, "data", data, { name: "text", sha256: "text", characters: "whole", tokens: "whole" });
  const { options } = headerOf(checkpoint.description);
  // Earlier versions kept them elsewhere.
  const [at, kept] = options === undefined ? ["training", training] : ["options", options];
  requireFields(path, at, kept, { validation: "number", test: "number" });
  const tokens = tokensFromJson(json, path);
  if (tokens.size !== model.vocabularySize) {
    throw new CheckpointError(
      `${printable(path)}: its vocabulary has ${tokens.size} tokens and its model ${model.vocabularySize}; the vocabulary is another model's.`,
      { path },
    );
  }
  requireSize(
    path,
    checkpoint.params,
    described(path, () => charModelSize(model)),
  );
  described(path, () => requireParameters(charModel(model), checkpoint.params));
  const { validation, test } = kept as LmDescription["shares"];
  return { model, data, tokens, shares: { validation, test } };
}

/** Throws what tracing a step throws where the parameters do not go into the model. */
function requireParameters({ step, initialState }: CharModel, params: unknown): void {
  const typed = (tree: unknown) => mapTree(tree, isNdArray, ({ shape, dtype }) => type(shape, dtype));
  trace(step as never, [typed(params), type([1], "i32"), typed(initialState(1))] as never);
}

function described<R>(path: string, read: () => R): R {
  try {
    return read();
  } catch (cause) {
    const why = (cause as Error).message;
    throw new CheckpointError(
      `${printable(path)}: its description and its tensors are no model: ${why}`,
      { path },
      { cause },
    );
  }
}
