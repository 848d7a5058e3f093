import type { CompileStats } from "@throughtime/core";
import type { LmDescription } from "../lm/description.js";

/** What one token of a model is called. */
export const unitOf = ({ tokens }: LmDescription): "character" | "word" | "piece" =>
  ({ characters: "character", words: "word", bpe: "piece" })[tokens.settings.kind] as "character" | "word" | "piece";

/** One training step, as the curves show it. */
export interface CurvePoint {
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
}

export interface ValidationPoint {
  readonly step: number;
  readonly loss: number;
}

/** What the model wrote after some step. */
export interface Sample {
  readonly step: number;
  readonly text: string;
}

/** The Program of a training step. */
export interface ProgramRecord extends Pick<CompileStats, "passes" | "ops" | "traceMs" | "compileMs" | "peakBytes"> {
  /** Printed legibly. */
  readonly text: string;
}

/** All that the report shows of a training. */
export interface RunRecord {
  readonly title: string;
  readonly description: LmDescription;
  readonly parameters: number;
  readonly device: string;
  readonly version: string;
  readonly node: string;
  /** Of training alone, in seconds. */
  readonly seconds: number;
  readonly tokensPerSecond: number;
  readonly curve: readonly CurvePoint[];
  readonly validations: readonly ValidationPoint[];
  readonly samples: readonly Sample[];
  readonly program: ProgramRecord;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly what: string }[];
}
