import { join } from "node:path";
import { NonFiniteError } from "@throughtime/core";
import { BEST, LAST, type Report, type Training } from "@throughtime/train";
import { EXIT } from "../failures.js";
import { count, duration } from "../format.js";
import { type ProgressView, progressView } from "../progress.js";
import { type CommandContext, print, printJson } from "../terminal.js";

/** A training as it is shown: what a task says of its own. */
export interface Conduct {
  readonly training: Training<unknown>;
  /** Updates in all, and how many were done before this process. */
  readonly steps: number;
  readonly from: number;
  readonly folder: string;
  /** What throughput counts: "characters". */
  readonly unit: string;
  /** The first event for programs, and the first lines for people. */
  readonly start: object;
  readonly introduction: string;
  /** A validation loss in all the units that people quote. */
  lossText(nats: number): string;
  /** After a validation: what a program reads of it beside the report, and lines for people. */
  validated?(report: Report): Promise<Validated>;
  /** The words of the command that goes on with this training. */
  readonly again: readonly string[];
}

export interface Validated {
  readonly fields?: object;
  readonly notes?: readonly string[];
}

/** Runs a training to its end or to Ctrl-C, shows how it goes on, and says how it ended. */
export async function conduct(task: Conduct, json: boolean, context: CommandContext): Promise<void> {
  const { out, err } = context.terminal;
  const { steps: total, from, unit } = task;
  if (json) printJson(out, { event: "start", from, ...task.start });
  else print(err, task.introduction);
  const view = json && (!err.screen || out.screen) ? SILENT : progressView(err, { total, from, unit });
  context.stopsItself?.();
  const last = await follow(task, json, context, view)
    .finally(() => view.stop())
    .catch((error: unknown) => {
      throw isNonFinite(error) ? inFlags(error, task.folder) : error;
    });
  conclude(task, last, json, context);
}

/** Iterates over the training and shows it; the last report, or undefined where there was nothing left to do. */
async function follow(
  task: Conduct,
  json: boolean,
  { terminal }: CommandContext,
  view: ProgressView,
): Promise<Report | undefined> {
  let last: Report | undefined;
  for await (const report of task.training) {
    last = report;
    const { step, loss, tokensPerSecond, seconds, validation } = report;
    const { fields = {}, notes = [] } = (validation && (await task.validated?.(report))) ?? {};
    if (json) printJson(terminal.out, { event: "step", ...report, ...fields });
    view.update({ step, loss, unitsPerSecond: tokensPerSecond, seconds });
    if (!validation || json) continue;
    const best = validation.best ? ", the lowest so far" : "";
    view.note(`step ${count(step)}: validation ${task.lossText(validation.loss)}${best}`);
    for (const note of notes) view.note(note);
  }
  return last;
}

function conclude(task: Conduct, last: Report | undefined, json: boolean, { terminal, end }: CommandContext): void {
  const { folder } = task;
  const step = last?.step ?? task.from;
  const path = join(folder, LAST);
  const reason = last?.ended ?? "steps";
  const compilations = task.training.stats().reduce((sum, stats) => sum + stats.compilations, 0);
  if (json) printJson(terminal.out, { event: "end", reason, step, checkpoint: path, compilations });
  else if (reason === "signal") {
    const again = [...task.again, "--out", folder, "--resume"].join(" ");
    print(terminal.err, `Stopped after step ${count(step)}. Saved in ${path}. Go on with: ${again}`);
  } else if (!last) print(terminal.out, `The training in ${folder} is at its end already, after ${count(step)} steps.`);
  else {
    const measured = last.validation ? `: validation ${task.lossText(last.validation.loss)}` : "";
    const best = last.validation ? `; ${BEST} is the model with the lowest validation loss` : "";
    const why = reason === "patience" ? ", since the validation loss no longer fell" : "";
    const times = compilations === 1 ? "once" : `${count(compilations)} times`;
    print(
      terminal.out,
      `Trained ${count(step)} steps in ${duration(last.seconds)}, compiled ${times}${why}${measured}. Saved in ${folder}${best}.`,
    );
  }
  if (reason === "signal") end(EXIT.interrupted);
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
