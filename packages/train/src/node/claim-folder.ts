import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OptionError } from "@throughtime/core";
import { writeError } from "./atomic-write.js";
import { isLeftover, NEW_FILE } from "./exclusive.js";
import { type Held, holderOfLock, type Lock, lockFile } from "./lock-file.js";

/** The file that says: this folder was made by a training, and a training may write into it. */
export const MARKER = ".throughtime";

/** The file that is there while a training is under way, and says in which process. */
const LOCK = `${MARKER}.lock`;

const TEXT = "This folder belongs to a training: checkpoints in it are replaced as it goes on.\n";

/**
 * Makes a folder ours: creates it, or takes one that is empty or was ours before. Throws OptionError for a folder that
 * holds something else, or a path that is no folder; CheckpointError where it cannot be written. Nothing in it changes.
 */
export async function claimFolder(folder: string): Promise<void> {
  let entries: string[];
  try {
    await makeFolder(folder);
    entries = await readdir(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOTDIR") {
      throw new OptionError(`output: ${folder} is not a folder. Name one that is new or empty.`, { folder }, { cause });
    }
    throw writeError(folder, cause as NodeJS.ErrnoException);
  }
  if (entries.includes(MARKER)) return;
  if (entries.length > 0) {
    const shown = entries.slice(0, 3).join(", ") + (entries.length > 3 ? `, … (${entries.length})` : "");
    throw new OptionError(
      `output: ${folder} holds files that no training put there (${shown}). Name a folder that is new, empty, or a training's own.`,
      { folder, entries },
    );
  }
  await writeFile(join(folder, MARKER), TEXT, { flag: NEW_FILE as unknown as string }).catch((cause) => {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw writeError(folder, cause as NodeJS.ErrnoException);
  });
}

/**
 * Claims a folder for this process alone, until what it gives is called: of trainings that start at once, in any number of
 * processes, one gets it. A process that was killed holds nothing. What killed ones left half written is removed. Throws
 * what claimFolder throws, and OptionError, naming the process, where another holds it.
 */
export async function holdFolder(folder: string): Promise<() => Promise<void>> {
  await claimFolder(folder);
  const lock = await lockFile(join(folder, LOCK)).catch((cause: NodeJS.ErrnoException) => {
    throw writeError(folder, cause);
  });
  if ("held" in lock) throw heldError(folder, lock.held);
  await removeLeftovers(folder, lock);
  return lock.release;
}

/** Throws OptionError, naming the process, where another one holds a folder now. Changes nothing. */
export async function requireFree(folder: string): Promise<void> {
  const held = await holderOfLock(join(folder, LOCK)).catch(() => undefined);
  if (held) throw heldError(folder, held);
}

function heldError(folder: string, { by, givenUpIn }: Held): OptionError {
  const who = by
    ? `process ${by.pid} on ${by.host}, since ${by.since.slice(0, 19).replace("T", " ")} UTC`
    : "a process";
  const unseen =
    givenUpIn === undefined
      ? ""
      : ` It cannot be seen from here; if it no longer runs, try again in ${Math.ceil(givenUpIn / 1000)} seconds.`;
  return new OptionError(
    `output: ${folder} is held by another training (${who}). Wait for it, stop it, or name another folder.${unseen}`,
    { folder, pid: by?.pid, host: by?.host },
  );
}

async function removeLeftovers(folder: string, lock: Lock): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      if (isLeftover(name) || name.startsWith(`${LOCK}.`)) await rm(join(folder, name), { force: true });
    }
  } catch (cause) {
    await lock.release();
    throw writeError(folder, cause as NodeJS.ErrnoException);
  }
}

/** Makes a folder, and those above it. Node's own recursive mkdir never ends where a folder refuses one with ENOENT, as /proc does. */
async function makeFolder(folder: string): Promise<void> {
  const make = () =>
    mkdir(folder).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST" || !(await stat(folder)).isDirectory()) throw error;
    });
  const above = dirname(folder);
  try {
    await make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || above === folder) throw error;
    await makeFolder(above);
    await make();
  }
}
