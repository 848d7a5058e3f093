import { OptionError } from "@throughtime/core";
import { type Environment, environment } from "./environment.js";
import { newHere } from "./here.js";
import type { Machine } from "./machine.js";
import { newRemote, newShared } from "./workers.js";

/** More workers than any machine has use for. */
const MAX_THREADS = 64;

/**
 * A machine of so many threads, as near as the environment has it: in workers where there are several or the caller may
 * not wait, else in the caller's thread.
 */
export async function newMachine(threads: number, from: Environment = environment()): Promise<Machine> {
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new OptionError(`cpu: expected threads from 1 to ${MAX_THREADS}, received ${threads}.`, { threads });
  }
  const { spawn, sharesMemory, isPage } = from;
  if (!spawn || (threads === 1 && !isPage)) return { ...newHere(), ...lacking(threads, "no workers") };
  if (sharesMemory) return newShared(spawn, threads);
  if (isPage) return newRemote(spawn);
  return { ...newHere(), ...lacking(threads, "no shared memory, since the page is not cross-origin isolated") };
}

const lacking = (threads: number, what: string): { note?: string } =>
  threads > 1 ? { note: `1 thread; ${what}` } : {};
