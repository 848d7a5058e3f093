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
  /** Whether checkpoints wait to be written. */
  waits(): boolean;
  /**
   * Writes the checkpoints that wait. They wait for the history of their steps to be on the disk, so that a process that is killed at any
   * time leaves no step out of it.
   */
  commit(): Promise<void>;
  /** Lets go of it. */
  release(): Promise<void>;
}

export function outputFolder(folder: string): OutputFolder {
  let letGo: (() => Promise<void>) | undefined;
  const waiting = new Map<string, Uint8Array>();
  // The training that uses this store would claim the folder too.
  const { hold: _, ...files } = fileStore(folder);
  const store: CheckpointStore = {
    list: async () => [...new Set([...(await files.list()), ...waiting.keys()])],
    read: async (name) => waiting.get(name) ?? files.read(name),
    async write(name, bytes) {
      // In the order of the last time that each was written.
      waiting.delete(name);
      waiting.set(name, bytes);
    },
  };
  return {
    async claim(resume) {
      letGo = await holdFolder(folder);
      // One may have ended here since this command began.
      if (resume === "never" && (await hasTraining(files))) throw earlierTrainingError(folder);
      return store;
    },
    waits: () => waiting.size > 0,
    async commit() {
      for (const [name, bytes] of waiting) {
        await files.write(name, bytes);
        waiting.delete(name);
      }
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
