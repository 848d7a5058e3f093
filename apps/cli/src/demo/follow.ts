import { type Backend, foldIn } from "@throughtime/core";
import { sampler } from "@throughtime/decode";
import type { Report } from "@throughtime/train";
import { count } from "../format.js";
import { sampleText, startOf } from "../lm/generator.js";
import { indented, lossText } from "../lm/texts.js";
import type { LmTraining } from "../lm/training.js";
import { progressView } from "../progress.js";
import type { Writer } from "../terminal.js";
import type { HistoryFile } from "../training/history.js";
import { keysOf } from "../training/settings.js";

const SAMPLE_LENGTH = 240;
const TEMPERATURE = 0.8;

/**
 * Iterates over a training, shows it, and lets the model write at the given steps and after every validation. Gives the last
 * report.
 */
export async function follow(
  run: LmTraining,
  backend: Backend,
  sampleAt: readonly number[],
  history: HistoryFile,
  err: Writer,
): Promise<Report | undefined> {
  const { description, model, tokens, training } = run;
  const { steps, seed } = description.training;
  let last: Report | undefined;
  const view = progressView(err, { total: steps, from: 0, unit: "characters" });

  const written = async ({ validation }: Report): Promise<string> => {
    // One step is under way while another is reported, so this may be one later.
    const { step, params } = await training.snapshot();
    const key = foldIn(keysOf(seed).samples, step);
    const how = { prime: startOf(tokens), length: SAMPLE_LENGTH, sampler: sampler({ temperature: TEMPERATURE }), key };
    const text = await sampleText(backend, model, params, tokens, how);
    const at = `After ${count(step)} steps${validation ? `, validation ${lossText(validation.loss)}` : ""}`;
    view.note(`\n${at}, it writes:\n${indented(text.trim())}\n`);
    return text;
  };

  try {
    for await (const report of training) {
      last = report;
      const { step, loss, tokensPerSecond, seconds, validation } = report;
      view.update({ step, loss, unitsPerSecond: tokensPerSecond, seconds });
      const sample = validation || sampleAt.includes(step) ? { sample: await written(report) } : {};
      await history.write({ event: "step", ...report, ...sample });
      if (report.ended) await history.write({ event: "end", reason: report.ended, step });
    }
  } finally {
    view.stop();
  }
  return last;
}
