import { EXIT } from "./failures.js";
import { reasonOf } from "./read-file.js";
import { type Context, writerOf } from "./terminal.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a program in this process and sets its exit code. The first Ctrl-C (or what a scheduler or a closed terminal sends: SIGTERM,
 * SIGHUP), or the end of whoever reads what it writes, asks it to save and stop, if it is at something that it can stop; the second
 * ends it at once. Standard output that cannot be written makes it stop, and fail with a line that says why.
 */
export async function runInProcess(program: (context: Context) => Promise<number>): Promise<void> {
  const interrupt = new AbortController();
  let [stopsItself, ended] = [false, false];
  let lost: Error | undefined;
  // Once: then nobody listens any more, and the next one ends the process even while a step keeps this thread busy.
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      if (!stopsItself) process.kill(process.pid, signal);
      interrupt.abort();
    });
  }
  const fail = () => {
    process.exitCode = EXIT.failed;
    process.stderr.write(`throughtime: cannot write to standard output: ${reasonOf(lost)}.\n`);
  };
  // A reader that has seen enough (`throughtime sample … | head`) is no failure. It may also have died of the Ctrl-C that a
  // training has yet to save after (`throughtime train lm --json | tee run.jsonl`): so stop as after Ctrl-C, and let what
  // is still written go nowhere.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    interrupt.abort();
    if (lost || error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") return;
    lost = error;
    if (ended) fail();
  });
  // Where nobody can be told anything, the work still has its use.
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") interrupt.abort();
  });
  let reads = false;
  const input = {
    [Symbol.asyncIterator]() {
      reads = true;
      return process.stdin[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    },
  };
  const code = await program({
    terminal: { out: writerOf(process.stdout), err: writerOf(process.stderr), in: input },
    signal: interrupt.signal,
    stopsItself() {
      stopsItself = true;
    },
  });
  process.exitCode = code;
  ended = true;
  if (lost) fail();
  // A program that stopped before its input ended would be kept alive by it.
  if (reads) process.stdin.destroy();
}
