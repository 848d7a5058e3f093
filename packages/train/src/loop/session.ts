import { type Backend, type CompileStats, download, release, upload } from "@throughtime/core";
import type { StateTrees } from "../checkpoint/restore.js";
import { quiet } from "../quiet.js";
import { accumulatingStepper } from "../steps/accumulating.js";
import type { Item, Measures, Stepper, StepState } from "../steps/contract.js";
import { evaluator } from "../steps/evaluation.js";
import { withInputs } from "../steps/explain.js";
import { singleStepper } from "../steps/single.js";
import { type AnyTree, merge, partition } from "../trees.js";
import { rolledOut, type Work } from "./feed.js";
import type { Plan } from "./plan.js";

/** A step that was dispatched. */
export interface Flight {
  readonly work: Work;
  readonly learningRate: number;
  /** Its batches as the loss gets them. */
  readonly items: Promise<readonly Item[]>;
  /** Resolves when the state after the step is there; its scalars may still be on their way. */
  readonly done: Promise<Done>;
  /** A copy of the state before it, where a debugging backend may want it. */
  readonly before: Promise<StepState> | undefined;
}

export interface Done {
  read(): Promise<Measures>;
  readonly seconds: number;
}

export interface HostState extends StateTrees {
  readonly step: number;
}

/** The state on the backend and what runs on it. Everything that is uploaded here is freed here. */
export interface Session {
  /** Dispatches a step; it consumes the state, so it waits for the step before and for copies that are being made. */
  launch(work: Work, learningRate: number): Flight;
  /** The newest state, copied to the host; readable also after the end. */
  toHost(): Promise<HostState>;
  /** The validation source's mean loss at the newest parameters. */
  validate(): Promise<Omit<Measures, "gradientNorm">>;
  /** What was compiled for its steps so far. */
  stats(): readonly CompileStats[];
  /** Runs a step again on the debugging backend, which is expected to throw; what it threw. */
  rerun(flight: Flight): Promise<Error | undefined>;
  /** Frees everything. `lost`: why the newest state is worth nothing, if it is not. */
  end(lost?: unknown): Promise<void>;
}

interface Newest {
  readonly step: number;
  readonly state: StepState;
}

export async function openSession(plan: Plan, start: HostState): Promise<Session> {
  const { backend, debug } = plan;
  const split = (params: AnyTree) => partition(params, (path, { dtype }) => plan.optimizer.trains(path, dtype));
  const { kept: trained, rest: still } = split(start.params);
  const frozen = await upload(backend, still);
  const stepper = stepperOn(backend, plan, frozen);
  const validation = validationOf(plan);
  const { optimizer, carry } = start;
  const state = (await upload(backend, { trained, optimizer, carry })) as StepState;
  let newest: Promise<Newest> = Promise.resolve({ step: start.step, state });
  let copying: Promise<unknown> = Promise.resolve();
  const unread = new Set<() => Promise<unknown>>();

  const copy = (from: Promise<Newest>): Promise<StepState> => {
    const host = from.then(async ({ state }) => (await download(backend, state)) as StepState);
    copying = Promise.allSettled([copying, host]);
    return host;
  };
  const toHost = async (): Promise<HostState> => {
    const from = newest;
    const { trained: own, ...rest } = await copy(from);
    return { step: (await from).step, params: merge(own, still), ...rest };
  };

  return {
    launch(work, learningRate) {
      const from = newest;
      const before = debug && quiet(copy(from));
      const free = copying;
      const ready = Promise.all([from, free]);
      const made = ready.then(([{ state }]) => rolledOut(plan, work.items, merge(state.trained, frozen)));
      const run = async () => {
        const [{ state }] = await ready;
        const dispatched = performance.now();
        const now = { learningRate, step: work.step };
        const items = await made;
        const outcome = await stepper.run(state, items, now).catch((error: unknown) => {
          throw withInputs(error, `step ${work.step}`, items[0]?.batch, state.carry);
        });
        unread.add(outcome.read);
        const read = () => {
          unread.delete(outcome.read);
          return outcome.read();
        };
        return { state: outcome.state, read, seconds: (performance.now() - dispatched) / 1000 };
      };
      const done = quiet(run());
      // After a step that failed the newest state is the one before it, unless the step consumed it.
      newest = done.then(
        (after) => ({ step: work.step, state: after.state }),
        () => from,
      );
      return { work, learningRate, items: quiet(made), done, before };
    },
    toHost,
    async validate() {
      return (validation as NonNullable<typeof validation>).run(merge((await newest).state.trained, frozen));
    },
    stats: () => stepper.stats(),
    async rerun({ work, learningRate, items, before }) {
      if (!debug || !before) return undefined;
      const again = stepperOn(debug, plan, still);
      try {
        const outcome = await again.run(await before, await items, { learningRate, step: work.step });
        await outcome.read();
        release(debug, outcome.state);
        return undefined;
      } catch (error) {
        return error as Error;
      } finally {
        again.release();
      }
    },
    async end(lost) {
      const { state: last } = await newest;
      const host = lost === undefined ? await toHost().catch(() => undefined) : undefined;
      if (lost !== undefined) newest = quiet(Promise.reject(lost));
      if (host) {
        const { step, params, ...rest } = host;
        newest = Promise.resolve({ step, state: { trained: split(params).kept, ...rest } });
      }
      await Promise.allSettled([...unread].map((read) => read()));
      release(backend, [last, frozen]);
      stepper.release();
      validation?.release();
    },
  };
}

function stepperOn(backend: Backend, plan: Plan, frozen: AnyTree): Stepper {
  const { loss, optimizer, clip, dims, carry } = plan;
  const make = plan.accumulate > 1 ? accumulatingStepper : singleStepper;
  return make({ backend, loss, optimizer, clip, dims, frozen, carry });
}

function validationOf({ backend, loss, carry, dims, validation }: Plan) {
  if (!validation) return undefined;
  const own = {
    source: validation.source,
    loss: validation.loss ?? loss,
    carry: validation.carry ?? carry,
    dims: { ...dims, ...validation.dims },
  };
  return evaluator({ backend, ...own }, { op: "train", source: "validation source", when: "in validation" });
}
