import { CheckpointError, OptionError } from "@throughtime/core";
import { type Checkpoint, decodeCheckpoint } from "../checkpoint/format.js";
import { restore } from "../checkpoint/restore.js";
import { BEST, LAST } from "../checkpoint/store.js";
import type { Plan } from "./plan.js";
import { notYet } from "./stopping.js";

/**
 * What a training begins with: its options' state, or that of the checkpoint which it resumes. Throws CheckpointError
 * where that is damaged, of another model, or missing; OptionError where one is there and was not to be resumed.
 */
export async function begin(plan: Plan): Promise<{ readonly checkpoint: Checkpoint; readonly resumed: boolean }> {
  const { params, optimizer, carry, describe } = plan;
  const state = { params, optimizer: optimizer.init(params), carry };
  const names = (await plan.checkpoint?.store.list()) ?? [];
  const found = names.find((name) => name === LAST || name === BEST);
  if (plan.checkpoint && found !== undefined) {
    if (plan.resume === "never") {
      throw new OptionError(
        `train: the store holds ${found} of an earlier training. Continue it with resume: "auto", or give another store.`,
        { found },
      );
    }
    const saved = await decodeCheckpoint(await plan.checkpoint.store.read(LAST));
    return { checkpoint: { ...saved, ...restore(saved, state, describe) }, resumed: true };
  }
  if (plan.resume === "must") throw new CheckpointError(`train: there is no ${LAST} to resume from.`);
  const { key, source, schedule } = plan;
  const progress = { step: 0, epoch: 0, cursor: source.start, key, schedule: schedule.start, stopping: notYet };
  return { checkpoint: { ...progress, description: describe, ...state }, resumed: false };
}
