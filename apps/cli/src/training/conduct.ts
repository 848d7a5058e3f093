import { join } from "node:path";
import { NonFiniteError } from "@throughtime/core";
import { layersOf } from "@throughtime/report";
import { keepsBest, type Prepared, type Started } from "@throughtime/task";
import { BEST, LAST, type Report } from "@throughtime/train";
import { EXIT } from "../failures.js";
import { count, duration } from "../format.js";
import { type ProgressView, progressView } from "../progress.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import type { HistoryFile } from "./history.js";
import type { OutputFolder } from "./output.js";

/** A training as it is shown. */
export interface Run extends Started {
  readonly prepared: Prepared;
  readonly folder: string;
  readonly device: string;
  /** The command that goes on with this training. */
  readonly again: string;
  readonly history: HistoryFile;
  readonly output: OutputFolder;
  /** Steps after which the task shows what the model says, beside every validation. */
  readonly showAt: readonly number[];
}

/** Runs a training to its end or to Ctrl-C, shows how it goes on, and says how it ended. */
export async function conduct(run: Run, json: boolean, context: CommandContext): Promise<void> {
  const { out, err } = context.terminal;
  const { steps: total, from, prepared, device, parameters, description } = run;
  // Vocabularies stand in the model file; a history says sizes.
  const { task, options, length } = description;
  const { facts, stepsPerEpoch, unit } = prepared;
  const known = { event: "start" as const, from, steps: total, device, parameters, unit, stepsPerEpoch };
  const start = { ...known, task, ...facts, options, length };
  await run.history.write({ ...start, layers: layersOf(run.params) });
  if (json) printJson(out, start);
  else print(err, introduction(run));
  const view = json && (!err.screen || out.screen) ? SILENT : progressView(err, { total, from, unit });
  context.stopsItself?.();
  const close = () => run.output.commit().finally(run.history.close);
  try {
    const last = await follow(run, json, context, view).finally(() => view.stop());
    await conclude(run, last, json, context);
  } catch (error) {
    // What failed first says why.
    await close().catch(() => {});
    throw isNonFinite(error) ? inFlags(error, run.folder) : error;
  }
  await close();
}

/** What is to be known before a training begins: data, model, steps. */
function introduction({ prepared, device, parameters, steps, from }: Run): string {
  const lines = [...prepared.introduction];
  return [
    ...lines,
    `${count(parameters)} parameters, on ${device}`,
    `${count(steps)} steps, ${count(prepared.stepsPerEpoch)} in an epoch${from > 0 ? `; goes on after step ${count(from)}` : ""}`,
  ].join("\n");
}

/** Iterates over the training and shows it; the last report, or undefined where there was nothing left to do. */
async function follow(
  run: Run,
  json: boolean,
  { terminal }: CommandContext,
  view: ProgressView,
): Promise<Report | undefined> {
  let last: Report | undefined;
  for await (const report of run.training) {
    last = report;
    const { step, loss, tokensPerSecond, seconds, validation } = report;
    const shown = validation !== undefined || run.showAt.includes(step);
    const { fields = {}, notes = [] } = shown ? await run.validated() : {};
    const event = { event: "step" as const, ...report, ...fields };
    await run.history.write(event);
    // A checkpoint whose steps the history does not tell of would leave them out of it for good.
    if (run.output.waits()) await run.history.sync().then(run.output.commit);
    // Pictures are for the report.
    if (json) printJson(terminal.out, { ...event, sections: undefined });
    view.update({ step, loss, unitsPerSecond: tokensPerSecond, seconds });
    if (!shown || json) continue;
    const best = validation?.best && keepsBest(run.prepared) ? ", the lowest so far" : "";
    if (!validation) view.note(`step ${count(step)}`);
    else view.note(`step ${count(step)}: validation ${run.prepared.lossText(validation.loss)}${best}`);
    for (const note of notes) view.note(note.replaceAll(/^/gm, "    "));
  }
  return last;
}

async function conclude(
  run: Run,
  last: Report | undefined,
  json: boolean,
  { terminal, end }: CommandContext,
): Promise<void> {
  const { folder, prepared } = run;
  const step = last?.step ?? run.from;
  const path = join(folder, LAST);
  const reason = last?.ended ?? "steps";
  const compilations = run.training.stats().reduce((sum, stats) => sum + stats.compilations, 0);
  const event = { event: "end" as const, reason, step, checkpoint: path, compilations };
  await run.history.write(event);
  if (json) printJson(terminal.out, event);
  else if (reason === "signal") {
    print(terminal.err, `Stopped after step ${count(step)}. Saved in ${path}. Go on with: ${run.again}`);
  } else if (!last) print(terminal.out, `The training in ${folder} is at its end already, after ${count(step)} steps.`);
  else {
    const measured = last.validation ? `: validation ${prepared.lossText(last.validation.loss)}` : "";
    const lowest = lowestValidation(run);
    const at = lowest && lowest.step !== last.step ? `, ${lowest.loss.toFixed(4)} at step ${count(lowest.step)}` : "";
    const best =
      last.validation && keepsBest(prepared) ? `; ${BEST} is the model with the lowest validation loss${at}` : "";
    const why = reason === "patience" ? ", since the validation loss no longer fell" : "";
    const times = compilations === 1 ? "once" : `${count(compilations)} times`;
    print(
      terminal.out,
      `Trained ${count(step)} steps in ${duration(last.seconds)}, compiled ${times}${why}${measured}. Saved in ${folder}${best}.`,
    );
  }
  if (reason === "signal") end(EXIT.interrupted);
}

/** Of all validations, those before a resume included. */
function lowestValidation({ history }: Run): { readonly step: number; readonly loss: number } | undefined {
  let lowest: { readonly step: number; readonly loss: number } | undefined;
  for (const { step, validation } of history.history.steps) {
    if (validation && !(validation.loss >= (lowest?.loss ?? Infinity))) lowest = { step, loss: validation.loss };
  }
  return lowest;
}

const isNonFinite = (error: unknown): error is NonFiniteError =>
  error instanceof Error && error.name === "NonFiniteError" && "what" in (error as NonFiniteError).details;

/** A loss that is not finite, with the options of the command line that help. */
function inFlags(error: NonFiniteError, folder: string): NonFiniteError {
  const { step, what, learningRate, saved, cause } = error.details as Readonly<Record<string, unknown>>;
  const help =
    cause === "the learning rate"
      ? `Lower the learning rate (--learning-rate, it was ${learningRate}) or clip the gradient (--clip 1)`
      : `The learning rate is not to blame: the cause is ${cause}`;
  const kept = saved === undefined ? "" : ` The checkpoint of step ${saved} in ${folder} is as it was.`;
  return new NonFiniteError(`train: at step ${step} ${what}. ${help}.${kept}`, error.details, { cause: error });
}

const SILENT: ProgressView = { update() {}, note() {}, stop() {} };
