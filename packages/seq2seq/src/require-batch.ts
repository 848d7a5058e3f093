import { ArgumentError, describe, OptionError, type Tensor } from "@throughtime/core";
import type { Seq2SeqBatch } from "./model.js";

const BATCH = ["source", "sourceLengths", "input", "output", "lengths"] as const;

/** Throws ArgumentError where a batch lacks what every one has. */
export function requireBatch(batch: Seq2SeqBatch<Tensor>): void {
  const missing = BATCH.find((name) => batch?.[name] === undefined);
  if (missing === undefined) return;
  throw new ArgumentError(
    `seq2seq: the batch lacks ${missing}; expected { ${BATCH.join(", ")} }, received ${describe(batch)}. pairArrays() makes one.`,
    { missing },
  );
}

/** Throws OptionError where scheduled sampling is asked for in one place and not in the other. */
export function requireTruth(sampling: "none" | "argmax", truth: Tensor | undefined, training: boolean): void {
  if (sampling === "none" && truth) {
    throw new OptionError(
      'seq2seq: the batch says how likely the truth is to be read, but the model was made with sampling: "none", which always reads it. Make it with sampling: "argmax".',
    );
  }
  if (sampling === "argmax" && training && !truth) {
    throw new OptionError(
      'seq2seq: the model was made with sampling: "argmax", but the batch has no truth, the share of true words that it reads. Wrap the source in withTruth().',
    );
  }
}
