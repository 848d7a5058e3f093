import { type Backend, foldIn } from "@throughtime/core";
import { sampler } from "@throughtime/decode";
import type { Report } from "@throughtime/train";
import { count } from "../format.js";
import { sampleText, startOf } from "../lm/generator.js";
import { indented, lossText } from "../lm/texts.js";
import type { LmTraining } from "../lm/training.js";
import { progressView } from "../progress.js";
import type { CurvePoint, Sample, ValidationPoint } from "../report/record.js";
import type { Writer } from "../terminal.js";
import { keysOf } from "../training/settings.js";

/** What happened in a training. */
export interface History {
  readonly curve: readonly CurvePoint[];
  readonly validations: readonly ValidationPoint[];
  readonly samples: readonly Sample[];
  readonly seconds: number;
  readonly tokensPerSecond: number;
  readonly last: Report | undefined;
}

const SAMPLE_LENGTH = 240;
const TEMPERATURE = 0.8;

/** Iterates over a training, shows it, and lets the model write at the given steps and after every validation. */
export async function follow(
  run: LmTraining,
  backend: Backend,
  sampleAt: readonly number[],
  err: Writer,
): Promise<History> {
  const { description, model, tokens, training } = run;
  const { steps, batch, time, seed } = description.training;
  const curve: CurvePoint[] = [];
  const validations: ValidationPoint[] = [];
  const samples: Sample[] = [];
  let last: Report | undefined;
  const view = progressView(err, { total: steps, from: 0, unit: "characters" });

  const write = async (measured?: number) => {
    // One step is under way while another is reported, so this may be one later.
    const { step, params } = await training.snapshot();
    const key = foldIn(keysOf(seed).samples, step);
    const how = { prime: startOf(tokens), length: SAMPLE_LENGTH, sampler: sampler({ temperature: TEMPERATURE }), key };
    const text = await sampleText(backend, model, params, tokens, how);
    samples.push({ step, text });
    const at = `After ${count(step)} steps${measured === undefined ? "" : `, validation ${lossText(measured)}`}`;
    view.note(`\n${at}, it writes:\n${indented(text.trim())}\n`);
  };

  try {
    for await (const report of training) {
      last = report;
      const { step, loss, gradientNorm, learningRate, tokensPerSecond, seconds, validation } = report;
      curve.push({ step, loss, gradientNorm, learningRate });
      view.update({ step, loss, unitsPerSecond: tokensPerSecond, seconds });
      if (validation) {
        validations.push({ step, loss: validation.loss });
        await write(validation.loss);
      } else if (sampleAt.includes(step)) await write();
    }
  } finally {
    view.stop();
  }
  const seconds = last?.seconds ?? 0;
  return { curve, validations, samples, seconds, tokensPerSecond: (curve.length * batch * time) / seconds, last };
}
