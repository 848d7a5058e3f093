// How `bench translate` talks with a peer: node translate-training-child.js ort <threads> or python translate_training.py
// pytorch <threads>. As in ../protocol.ts a JSON object a line, one request at a time.

import type { EpochDone, EpochProgress, Opened } from "../lm/protocol.js";
import type { Recipe } from "./recipe.js";

export type { EpochDone, EpochProgress, Opened };

export interface TranslationTask extends Recipe {
  /** "none": all that the decoder knows is its first state. */
  readonly attention: "additive" | "none";
  readonly epochs: number;
  readonly seed: number;
  /** What `writeCorpus` wrote: pairs as ids, and the first parameters under "params.", from which the sizes follow. */
  readonly corpus: string;
  /** An own folder of the peer. After every epoch it leaves there what it needs to go on. */
  readonly folder: string;
}

export type TranslationRequest =
  /** Builds, or, where `folder` has a state, goes on from it. Answered with Opened. */
  | { readonly do: "open"; readonly task: TranslationTask }
  /** One epoch and the validation after it. Answered with EpochDone, after any number of EpochProgress. */
  | { readonly do: "epoch" }
  /** The test's sources, by the parameters that validated best. Answered with Translated. */
  | { readonly do: "translate"; readonly beam: number; readonly maxLength: number }
  /** Not answered: the peer ends. */
  | { readonly do: "close" };

export interface Translated {
  /** Ids of the best hypothesis for each source, without the end. */
  readonly hypotheses: readonly (readonly number[])[];
  readonly seconds: number;
}
