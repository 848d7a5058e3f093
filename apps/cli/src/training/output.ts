import { OptionError } from "@throughtime/core";
import { type CheckpointStore, decodeCheckpoint, LAST } from "@throughtime/train";
import { fileStore, holdFolder } from "@throughtime/train/node";

/** The folder that a training writes into. */
export interface OutputFolder {
  /**
   * Claims it for this training: called when all else is known to be right, so that what fails before makes no folder.
   * Throws OptionError where it holds something else, another process holds it, or for a new training, it has one.
   */
  claim(resume: "never" | "must"): Promise<CheckpointStore>;
  /** Lets go of it. */
  release(): Promise<void>;
}

export function outputFolder(folder: string): OutputFolder {
  let letGo: (() => Promise<void>) | undefined;
  return {
    async claim(resume) {
      letGo = await holdFolder(folder);
      // The training that uses this store would claim it too.
      const { hold: _, ...store } = fileStore(folder);
      // One may have ended here since this command began.
      if (resume === "never" && (await hasTraining(store))) throw earlierTrainingError(folder);
      return store;
    },
    async release() {
      await letGo?.();
      letGo = undefined;
    },
  };
}

/** Whether a checkpoint is there that would be lost; one of a training that failed before its first step is not. */
async function hasTraining(store: CheckpointStore): Promise<boolean> {
  if (!(await store.list()).includes(LAST)) return false;
  return decodeCheckpoint(await store.read(LAST)).then(
    ({ step }) => step > 0,
    () => true,
  );
}

export const earlierTrainingError = (folder: string): OptionError =>
  new OptionError(`${folder} holds a training already. Go on with it by --resume, or name another folder with --out.`);
