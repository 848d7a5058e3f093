#!/usr/bin/env node
import { run } from "./command-line.js";
import { EXIT } from "./failures.js";

const SHOW_CURSOR = "\u001b[?25h";
const interrupt = new AbortController();

process.on("SIGINT", () => {
  if (interrupt.signal.aborted) {
    // A progress bar hides the cursor.
    if (process.stderr.isTTY) process.stderr.write(SHOW_CURSOR);
    process.exit(EXIT.interrupted);
  }
  interrupt.abort();
});
// A reader that has seen enough (`throughtime sample … | head`) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}

process.exitCode = await run(process.argv.slice(2), {
  terminal: { out: process.stdout, err: process.stderr },
  signal: interrupt.signal,
});
