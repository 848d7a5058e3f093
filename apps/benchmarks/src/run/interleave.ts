import type { Built, Task } from "../protocol.js";
import type { Connection } from "./connection.js";
import { median } from "./statistics.js";

/** One peer's part of a comparison. */
export interface Contestant<T = Task> {
  readonly connection: Connection<T>;
  readonly task: T;
}

/** What one peer did. */
export interface Timing {
  /** From the first line of model code through the first step, less an ordinary step. Milliseconds. */
  readonly compileMs: number;
  /** Milliseconds of each step, by round. */
  readonly rounds: readonly (readonly number[])[];
  /** The loss of step `LOSS_STEP`. */
  readonly loss: number;
  readonly peakBytes: number | null;
  /** Of compileMs, what the peer says it spent where. */
  readonly parts: Readonly<Record<string, number>>;
}

/** The loss that is compared is that after this many updates. */
export const LOSS_STEP = 5;

export interface InterleaveOptions {
  /** How often every peer has its turn. */
  readonly rounds: number;
  /** About how long a turn takes; one step at least. Milliseconds. */
  readonly turnMs: number;
}

/**
 * Lets peers take turns, so that what else the machine does meets all of them alike: all are built and warmed up, then
 * every round gives each a turn of several steps, another one first each time. The first step of a turn, which finds the
 * caches full of the other peers' data, is not counted, unless it is so long that this does not matter.
 *
 * A peer that fails is an Error in its place; the others go on.
 */
export async function interleave<T = Task>(
  contestants: readonly Contestant<T>[],
  { rounds, turnMs }: InterleaveOptions,
): Promise<(Timing | Error)[]> {
  const running = contestants.map(({ connection, task }) => ({
    connection,
    task,
    state: undefined as State | undefined,
  }));
  const failures = new Map<number, Error>();
  const attempt = async (index: number, work: () => Promise<void>): Promise<void> => {
    if (failures.has(index)) return;
    try {
      await work();
    } catch (error) {
      failures.set(index, error instanceof Error ? error : new Error(String(error)));
    }
  };
  for (const [index, peer] of running.entries()) {
    await attempt(index, async () => {
      peer.state = await warmUp(peer, turnMs);
    });
  }
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < running.length; turn++) {
      const index = (turn + round) % running.length;
      const { connection, state } = running[index] as (typeof running)[number];
      if (state) await attempt(index, () => takeTurn(connection, state));
    }
  }
  const results: (Timing | Error)[] = [];
  for (const [index, { connection, state }] of running.entries()) {
    let peakBytes: number | null = null;
    await attempt(index, async () => {
      peakBytes = (await connection.peak()).peakBytes;
    });
    results.push(failures.get(index) ?? summary(state as State, peakBytes));
  }
  return results;
}

interface State {
  readonly first: Built;
  readonly loss: number;
  readonly count: number;
  readonly skip: number;
  readonly rounds: number[][];
}

async function warmUp<T>({ connection, task }: Contestant<T>, turnMs: number): Promise<State> {
  const first = await connection.build(task);
  const { ms, losses } = await connection.steps(LOSS_STEP);
  const usual = median(ms.slice(1));
  const count = Math.max(1, Math.min(50, Math.round(turnMs / usual)));
  return { first, loss: losses.at(-1) as number, count, skip: usual < turnMs ? 1 : 0, rounds: [] };
}

async function takeTurn<T>(connection: Connection<T>, { count, skip, rounds }: State): Promise<void> {
  const { ms } = await connection.steps(count + skip);
  rounds.push(ms.slice(skip));
}

function summary({ first, loss, rounds }: State, peakBytes: number | null): Timing {
  const compileMs = Math.max(0, first.ms - median(rounds.flat()));
  return { compileMs, rounds, loss, peakBytes, parts: first.parts ?? {} };
}
