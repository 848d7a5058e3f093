import { CheckpointError, OptionError } from "@throughtime/core";
import { type Checkpoint, decodeCheckpoint } from "../checkpoint/format.js";
import { restore } from "../checkpoint/restore.js";
import { LAST } from "../checkpoint/store.js";
import type { Plan } from "./plan.js";
import { notYet } from "./stopping.js";

/**
 * What a training begins with: its options' state, or that of the checkpoint which it resumes. Throws CheckpointError
 * where that is damaged, of another model, or missing; OptionError where one is there and was not to be resumed.
 */
export async function begin(plan: Plan): Promise<{ readonly checkpoint: Checkpoint; readonly resumed: boolean }> {
  const { params, optimizer, carry, describe } = plan;
  const state = { params, optimizer: optimizer.init(params), carry };
  const found = await earlier(plan);
  if (found && plan.resume !== "never") {
    const saved = await decodeCheckpoint(found);
    // A schedule that listens where none did before, or the other way round, begins anew.
    const fits = saved.schedule !== null && plan.schedule.start !== null;
    const schedule = fits ? saved.schedule : plan.schedule.start;
    return { checkpoint: { ...saved, ...restore(saved, state, describe), schedule }, resumed: true };
  }
  if (found && !(await isUntrained(found))) {
    throw new OptionError(
      `train: the store holds ${LAST} of an earlier training. Continue it with resume: "auto", or give another store.`,
      { found: LAST },
    );
  }
  if (plan.resume === "must") throw new CheckpointError(`train: there is no ${LAST} to resume from.`);
  const { key, source, schedule } = plan;
  const progress = { step: 0, epoch: 0, cursor: source.start, key, schedule: schedule.start, stopping: notYet };
  return { checkpoint: { ...progress, description: describe, ...state }, resumed: false };
}

async function earlier({ checkpoint }: Plan): Promise<Uint8Array | undefined> {
  const names = (await checkpoint?.store.list()) ?? [];
  return names.includes(LAST) ? checkpoint?.store.read(LAST) : undefined;
}

/** A training that failed before its first step (while its loss was traced, say) left nothing that could be lost. */
const isUntrained = async (file: Uint8Array): Promise<boolean> =>
  decodeCheckpoint(file).then(
    ({ step }) => step === 0,
    () => false,
  );
