import { EXIT } from "./failures.js";
import type { Context } from "./terminal.js";

const SHOW_CURSOR = "\u001b[?25h";

/**
 * Runs a program in this process and sets its exit code. The first Ctrl-C asks it to save and stop; the second ends it
 * at once.
 */
export async function runInProcess(program: (context: Context) => Promise<number>): Promise<void> {
  const interrupt = new AbortController();
  // Once: then nobody listens any more, and the next one ends the process even while a step keeps this thread busy.
  process.once("SIGINT", () => {
    // A progress bar hides the cursor, and may not get to show it again.
    if (process.stderr.isTTY) process.stderr.write(SHOW_CURSOR);
    interrupt.abort();
  });
  // A reader that has seen enough (`throughtime sample … | head`) is no failure.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(EXIT.ok);
      throw error;
    });
  }
  process.exitCode = await program({
    terminal: { out: process.stdout, err: process.stderr },
    signal: interrupt.signal,
  });
}
