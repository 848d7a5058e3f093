import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OptionError } from "@throughtime/core";
import { writeError } from "./atomic-write.js";

/** The file that says: this folder was made by a training, and a training may write into it. */
export const MARKER = ".throughtime";

const TEXT = "This folder belongs to a training: checkpoints in it are replaced as it goes on.\n";

/**
 * Makes a folder ours: creates it, or takes one that is empty or was ours before. Throws OptionError for a folder that
 * holds something else, or a path that is no folder; CheckpointError where it cannot be written. Nothing in it changes.
 */
export async function claimFolder(folder: string): Promise<void> {
  let entries: string[];
  try {
    await mkdir(folder, { recursive: true });
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
  await writeFile(join(folder, MARKER), TEXT).catch((cause) => {
    throw writeError(folder, cause as NodeJS.ErrnoException);
  });
}
