import type { Context } from "./terminal.js";

const SHOW_CURSOR = "\u001b[?25h";

/**
 * Runs a program in this process and sets its exit code. The first Ctrl-C (or what a scheduler or a closed
 * terminal sends: SIGTERM, SIGHUP), or the end of whoever reads what it writes, asks it to save and stop; the second ends it at once.
 */
export async function runInProcess(program: (context: Context) => Promise<number>): Promise<void> {
  const interrupt = new AbortController();
  // Once: then nobody listens any more, and the next one ends the process even while a step keeps this thread busy.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      // A progress bar hides the cursor, and may not get to show it again.
      if (process.stderr.isTTY) process.stderr.write(SHOW_CURSOR);
      interrupt.abort();
    });
  }
  // A reader that has seen enough (`throughtime sample … | head`) is no failure. It may also have died of the Ctrl-C that a
  // training has yet to save after (`throughtime train lm --json | tee run.jsonl`): so stop as after Ctrl-C, and let what
  // is still written go nowhere.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
      interrupt.abort();
    });
  }
  let reads = false;
  const input = {
    [Symbol.asyncIterator]() {
      reads = true;
      return process.stdin[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    },
  };
  process.exitCode = await program({
    terminal: { out: process.stdout, err: process.stderr, in: input },
    signal: interrupt.signal,
  });
  // A program that stopped before its input ended would be kept alive by it.
  if (reads) process.stdin.destroy();
}
