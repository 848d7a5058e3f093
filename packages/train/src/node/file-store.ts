import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "@throughtime/core";
import type { CheckpointStore } from "../checkpoint/store.js";
import { writeAtomically } from "./atomic-write.js";
import { claimFolder, holdFolder } from "./claim-folder.js";

/**
 * Checkpoints as files in a folder, which is made where it is not there. Writing replaces a file whole or not at all,
 * whenever the process or the machine stops. A training holds the folder: no other may write there meanwhile. `write`
 * throws what claimFolder throws, and CheckpointError where the disk is full or the folder cannot be written; `hold` what
 * holdFolder throws.
 */
export function fileStore(folder: string): CheckpointStore {
  return {
    hold: () => holdFolder(folder),
    async write(name, bytes) {
      await claimFolder(folder);
      await writeAtomically(join(folder, name), bytes);
    },
    async read(name) {
      return readFile(join(folder, name)).catch((cause: NodeJS.ErrnoException) => {
        const reason = cause.code === "ENOENT" ? "there is no such file" : cause.message;
        throw new CheckpointError(
          `checkpoint: cannot read ${join(folder, name)}: ${reason}.`,
          { folder, name },
          { cause },
        );
      });
    },
    async list() {
      const entries = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOENT") return [];
        throw new CheckpointError(
          `checkpoint: cannot read the folder ${folder}: ${cause.message}.`,
          { folder },
          { cause },
        );
      });
      return entries.filter((name) => name.endsWith(".safetensors"));
    },
  };
}
