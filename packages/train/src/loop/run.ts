import type { Checkpoint } from "../checkpoint/format.js";
import { isDue } from "../every.js";
import type { Ended, Report, ValidationReport } from "../options.js";
import type { Exhausted, Work } from "./feed.js";
import type { Keeper, Which } from "./keeper.js";
import { checkMeasures, checkState, isNonFinite, nonFinite, notFinite, type Where } from "./non-finite.js";
import type { Plan } from "./plan.js";
import type { Flight, Session } from "./session.js";
import { afterValidation } from "./stopping.js";

/** A training under way. */
export interface Run {
  readonly plan: Plan;
  readonly session: Session;
  readonly keeper: Keeper;
  readonly started: number;
}

/** Where a training stands on the host; with the state on the backend it is a checkpoint. */
export type Progress = Omit<Checkpoint, "params" | "optimizer" | "carry">;

/** What happens after a step, before the next one may have its state. */
export interface Todo {
  readonly validate: boolean;
  readonly save: boolean;
  readonly ended: Ended | undefined;
}

export function todoAfter({ plan, keeper }: Run, { step, epoch }: Work, next: Work | Exhausted): Todo {
  const ended = plan.signal?.aborted ? "signal" : typeof next === "string" ? next : undefined;
  const moment = { step, epoch, nextEpoch: typeof next === "string" ? epoch : next.epoch, seconds: keeper.since() };
  const every = plan.validation?.every ?? { epochs: 1 };
  const validate = ended ? ended !== "signal" : isDue(every, moment);
  return {
    validate: validate && plan.validation !== undefined,
    save: ended !== undefined || keeper.due(moment),
    ended,
  };
}

/** Whether validation has not improved for as long as it was given. */
export const isOutOfPatience = ({ patience }: Plan, { stopping }: Progress): boolean =>
  patience !== undefined && stopping.since >= patience;

/** Reads what a step found out, does what is due after it, and reports. */
export async function settle(
  run: Run,
  flight: Flight,
  before: Progress,
  todo: Todo,
): Promise<{ readonly progress: Progress; readonly report: Report }> {
  const { plan } = run;
  const { work, learningRate } = flight;
  const { read, seconds } = await flight.done;
  const measures = await read();
  checkMeasures(measures, whereOf(run, flight));
  let progress: Progress = { ...before, step: work.step, epoch: work.epoch, cursor: work.cursor };
  const validation = todo.validate ? await validate(run, flight, progress) : undefined;
  if (validation) {
    const schedule = plan.schedule.observe(progress.schedule, validation.loss);
    progress = { ...progress, schedule, stopping: afterValidation(progress.stopping, validation.loss, work.step) };
  }
  const ended = todo.ended ?? (isOutOfPatience(plan, progress) ? "patience" : undefined);
  const wanted = { best: validation?.best ?? false, last: todo.save || ended !== undefined };
  const checkpoint = await save(run, flight, progress, wanted);
  const report = {
    step: work.step,
    epoch: work.epoch,
    ...measures,
    learningRate,
    tokensPerSecond: work.units / seconds,
    seconds: (performance.now() - run.started) / 1000,
    ...(validation && { validation }),
    ...(checkpoint.length > 0 && { checkpoint }),
    ...(ended && { ended }),
  };
  return { progress, report };
}

/**
 * Ends a training: with a checkpoint of what was done since the last one where the caller left the loop (the step that
 * was dispatched ahead counts), and with everything freed in any case.
 */
export async function leave(
  run: Run,
  current: Flight | undefined,
  ahead: Flight | undefined,
  progress: Progress,
  failure: { readonly error: unknown } | undefined,
): Promise<void> {
  let lost = isNonFinite(failure?.error) ? failure?.error : undefined;
  try {
    if (failure) return;
    if (ahead) await settle(run, ahead, progress, { validate: false, save: true, ended: "signal" });
    else if (current && run.keeper.saved() !== progress.step) {
      await save(run, current, progress, { best: false, last: true });
    }
  } catch (error) {
    // Nobody waits for reports any more; whoever asks for the parameters is told.
    if (!isNonFinite(error)) throw error;
    lost = error;
  } finally {
    await run.session.end(lost);
  }
}

/** Writes checkpoints of the newest state, which must be finite to replace one that is. */
export async function save(run: Run, flight: Flight, progress: Progress, which: Which): Promise<readonly string[]> {
  const { session, keeper } = run;
  if (!keeper.wants(which)) return [];
  const { params, optimizer, carry } = await session.toHost();
  checkState({ params, optimizer, carry }, whereOf(run, flight));
  return keeper.save({ ...progress, params, optimizer, carry }, which);
}

async function validate(
  { session, keeper, plan }: Run,
  flight: Flight,
  { step, stopping }: Progress,
): Promise<ValidationReport> {
  const began = performance.now();
  const { loss, metrics } = await session.validate();
  if (!Number.isFinite(loss)) throw nonFinite(`the validation loss is ${loss}`, whereOf({ keeper, plan }, flight));
  const best = afterValidation(stopping, loss, step).bestStep === step;
  return { loss, metrics, best, seconds: (performance.now() - began) / 1000 };
}

const whereOf = ({ keeper, plan }: Pick<Run, "keeper" | "plan">, { work, learningRate }: Flight): Where => ({
  step: work.step,
  learningRate,
  saved: keeper.saved(),
  given: () => {
    const all = (name: "batch" | "noise") =>
      work.items.length > 1 ? work.items.map((item) => item[name] ?? {}) : work.items[0]?.[name];
    const [batch, noise] = [all("batch"), all("noise") ?? {}];
    // After the first update parameters are not what the host handed in.
    return notFinite({ batch, noise, ...(work.step === 1 && { params: plan.params }) });
  },
});

/**
 * What to throw for an error in a step. A NaN or Inf is looked into on the debugging backend, if there is one; a backend
 * that looks for them itself is told which step it was.
 */
export async function explained(run: Run, flight: Flight | undefined, error: unknown): Promise<unknown> {
  if (!flight || !isNonFinite(error)) return error;
  const { what, step } = error.details as { readonly what?: string; readonly step?: number };
  if (step === undefined) return nonFinite("a value is not finite", whereOf(run, flight), error);
  const origin = await run.session.rerun(flight);
  return origin ? nonFinite(what as string, whereOf(run, flight), origin) : error;
}
