import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Failed, Ready } from "../protocol.js";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A child process that answers one line of JSON to each that it is sent. */
export interface Channel {
  /** What it said that it runs on. */
  readonly device: string;
  /** Sends a request and waits for its answer. What is `progress` goes there, and is no answer. */
  ask<A>(request: object, progress?: (line: object) => boolean): Promise<A>;
  /** Asks it to end; five seconds later it is ended. */
  close(): Promise<void>;
}

/**
 * Starts a process and waits until it says that it is ready. This and `ask` throw an Error with the process's own words
 * where it failed, or with the last it wrote to stderr where it ended.
 */
export async function openChannel({ file, args, env }: Command): Promise<Channel> {
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  const send = (request: object) => child.stdin.write(`${JSON.stringify(request)}\n`);
  const next = answers(child);
  const { device } = (await next()) as Ready;
  return {
    device,
    async ask<A>(request: object, progress: (line: object) => boolean = () => false) {
      send(request);
      let answer = await next();
      while (progress(answer)) answer = await next();
      return answer as A;
    },
    async close() {
      send({ do: "close" });
      await ended(child, 5000);
    },
  };
}

/** The next line of a child each time it is called; throws where the child says that it failed, or is no more. */
function answers(child: ChildProcess): () => Promise<object> {
  const { stdin, stdout, stderr } = child as { [K in "stdin" | "stdout" | "stderr"]: NonNullable<ChildProcess[K]> };
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  let complaints = "";
  stderr.on("data", (chunk) => {
    complaints = (complaints + String(chunk)).slice(-2000);
  });
  // A process that cannot be started ends its stdout as well, and is reported below.
  child.on("error", ({ message }) => {
    complaints = message;
  });
  // It may have ended before it could read what it was sent; that it did is seen at its stdout.
  stdin.on("error", () => {});
  return async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(complaints.trim().split("\n").at(-1) || "The process ended without a word.");
    const answer = JSON.parse(value) as Failed | object;
    if ("error" in answer) throw new Error(answer.error);
    return answer;
  };
}

/** Resolves when the child is gone; after `patience` milliseconds it is ended. */
function ended(child: ChildProcess, patience: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), patience);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
