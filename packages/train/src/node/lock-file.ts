import { link, open, readFile, rm, stat, utimes } from "node:fs/promises";
import { NEW_FILE, nameBeside } from "./exclusive.js";
import { type Holder, holderOf, self, stateOf } from "./holder.js";

/** A lock that this process holds. */
export interface Lock {
  release(): Promise<void>;
}

/** Whoever holds a lock that is wanted. */
export interface Held {
  /** Undefined where the lock's file does not say. */
  readonly by: Holder | undefined;
  /** Milliseconds until it is given up, where its process cannot be seen and gives no sign of life. */
  readonly givenUpIn: number | undefined;
}

/** How often a holder gives a sign of life, and how long without one it counts as alive where it cannot be seen. */
const BEAT_MS = 15_000;
const SILENCE_MS = 120_000;

/**
 * Takes a lock: a file that exists as long as it is held and says who holds it. Gives who has it, where somebody does. A lock
 * whose process is gone (kill -9, a power cut) is taken over. Of any number of processes that try at once, one gets it.
 */
export async function lockFile(path: string): Promise<Lock | { readonly held: Held }> {
  const own = self();
  for (;;) {
    if (await createWhole(path, textOf(own))) return lockOf(path, own);
    const found = await readLock(path);
    if (found === undefined) continue;
    if (found.held) return { held: found.held };
    // Whoever takes over a dead holder's lock holds the lock on that: nobody else may replace it meanwhile.
    const dead = found.by?.nonce ?? "unnamed";
    const over = await lockFile(`${path}.${dead}`);
    if ("held" in over) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    try {
      const now = await readLock(path);
      if (now && !now.held && (now.by?.nonce ?? "unnamed") === dead) await rm(path, { force: true });
    } finally {
      await over.release();
    }
  }
}

/** Who holds a lock; undefined where nobody does. */
export const holderOfLock = async (path: string): Promise<Held | undefined> => (await readLock(path))?.held;

/** A lock's file: `held` is absent where its holder is gone. Undefined where there is no such file. */
async function readLock(path: string): Promise<{ readonly by: Holder | undefined; readonly held?: Held } | undefined> {
  const missing = (error: NodeJS.ErrnoException): undefined => {
    if (error.code !== "ENOENT") throw error;
  };
  const text = await readFile(path, "utf8").catch(missing);
  const times = await stat(path).catch(missing);
  if (text === undefined || times === undefined) return undefined;
  const by = holderOf(text);
  const state = by ? stateOf(by) : "elsewhere";
  if (state === "alive") return { by, held: { by, givenUpIn: undefined } };
  const givenUpIn = times.mtimeMs + SILENCE_MS - Date.now();
  return state === "dead" || givenUpIn <= 0 ? { by } : { by, held: { by, givenUpIn } };
}

function lockOf(path: string, own: Holder): Lock {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, BEAT_MS);
  beat.unref();
  return {
    async release() {
      clearInterval(beat);
      const text = await readFile(path, "utf8").catch(() => "");
      if (holderOf(text)?.nonce === own.nonce) await rm(path, { force: true });
    },
  };
}

const textOf = (holder: Holder): string => `${JSON.stringify(holder)}\n`;

/** Makes a file that is there whole or not at all. False where one of that name is there. */
async function createWhole(path: string, text: string): Promise<boolean> {
  const beside = nameBeside(path);
  await writeNew(beside, text);
  try {
    await link(beside, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // A file system without hard links.
    return writeNew(path, text).then(
      () => true,
      (other: NodeJS.ErrnoException) => {
        if (other.code === "EEXIST") return false;
        throw other;
      },
    );
  } finally {
    await rm(beside, { force: true });
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, NEW_FILE);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
