import { once } from "@throughtime/core";
import { begin } from "./loop/begin.js";
import { type Exhausted, prepare, type Work } from "./loop/feed.js";
import { makeKeeper } from "./loop/keeper.js";
import { type Plan, planOf } from "./loop/plan.js";
import { explained, isOutOfPatience, leave, type Progress, settle, todoAfter } from "./loop/run.js";
import { type Flight, openSession, type Session } from "./loop/session.js";
import type { Report, Training, TrainOptions } from "./options.js";
import { quiet } from "./quiet.js";

/**
 * Trains a model: an async iterable with a report for every step. A step is one Program and one call, and its state
 * (parameters, optimizer, carry) stays on the backend. One step is under way while the one before it is reported.
 *
 *     for await (const { step, loss } of train({ backend, params, loss, optimizer, source, steps: 1000 })) …
 *
 * Leaving the loop or aborting the signal stops after the step that runs, with a checkpoint. A resumed training gives
 * the reports and weights that it would have given had it not been interrupted, bit for bit on the same backend.
 *
 * It runs once: a second loop over it throws ReleasedError.
 *
 * Throws ArgumentError for options of the wrong kind and OptionError for those that do not fit together; while iterating:
 * what tracing the loss throws, ArgumentError for a batch that is none, DataError from the source, CheckpointError where one cannot be read or written, NonFiniteError with the step where the loss or the
 * gradient is NaN or Inf (the checkpoint before it is kept), BackendError.
 */
export function train<P, B, C = unknown, N = unknown>(options: TrainOptions<P, B, C, N>): Training<P> {
  const plan = planOf(options as unknown as TrainOptions<unknown, unknown>);
  let session: Session | undefined;
  const running = iterate(plan, (opened) => {
    session = opened;
  });
  const reports = once(
    running,
    "train: this training was iterated over before, and a training runs once. Call train() again; with a checkpoint " +
      'and resume: "auto" it goes on where this one ended.',
  );
  return {
    [Symbol.asyncIterator]: () => reports[Symbol.asyncIterator](),
    async snapshot() {
      const { step, params } = session ? await session.toHost() : { step: 0, params: plan.params };
      return { step, params: params as P };
    },
    stats: () => session?.stats() ?? [],
  };
}

async function* iterate(plan: Plan, opened: (session: Session) => void): AsyncGenerator<Report, void> {
  const letGo = await plan.checkpoint?.store.hold?.();
  try {
    yield* iterateAlone(plan, opened);
  } finally {
    await letGo?.();
  }
}

async function* iterateAlone(plan: Plan, opened: (session: Session) => void): AsyncGenerator<Report, void> {
  const started = performance.now();
  const { checkpoint, resumed } = await begin(plan);
  const keeper = makeKeeper(plan.checkpoint, resumed ? checkpoint.step : undefined);
  if (!resumed) await keeper.save(checkpoint, { best: false, last: true });
  const session = await openSession(plan, checkpoint);
  opened(session);

  const run = { plan, session, keeper, started };
  const { params: _, optimizer: __, carry: ___, ...start } = checkpoint;
  let progress: Progress = start;
  let current: Flight | undefined; // the step that is being settled
  let ahead: Flight | undefined; // the one after it, if it was dispatched already
  let failure: { readonly error: unknown } | undefined;
  const fetch = (after: Pick<Work, "step" | "cursor">) =>
    quiet(prepare({ ...plan, key: start.key }, after.step + 1, after.cursor));
  const launch = (work: Work) =>
    session.launch(work, plan.optimizer.learningRate * plan.schedule.factor(work.step - 1, progress.schedule));
  try {
    let next: Work | Exhausted = isOutOfPatience(plan, start) ? "steps" : await fetch(start);
    while (typeof next !== "string") {
      current = ahead ?? launch(next);
      const following = fetch(current.work);
      await current.done;
      next = await following;
      const todo = todoAfter(run, current.work, next);
      // Where nothing else needs this state the next step may have it, while this one's numbers are read and reported.
      ahead = typeof next === "string" || todo.validate || todo.save ? undefined : launch(next);
      const settled = await settle(run, current, progress, todo);
      progress = settled.progress;
      yield settled.report;
      if (settled.report.ended) return;
    }
  } catch (error) {
    failure = { error: await explained(run, current, error) };
    throw failure.error;
  } finally {
    await leave(run, current, ahead, progress, failure);
  }
}
