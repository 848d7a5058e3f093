import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Built, Failed, Peak, Ready, Request, Steps, Task } from "../protocol.js";

/** A peer that answers: in a process of its own, or, in tests, in this one. */
export interface Connection {
  readonly device: string;
  build(task: Task): Promise<Built>;
  steps(count: number): Promise<Steps>;
  peak(): Promise<Peak>;
  close(): Promise<void>;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a peer's process and waits until it is ready. Every method throws an Error with the peer's own words where it
 * failed, or with the last it wrote to stderr where it ended.
 */
export async function connect({ file, args, env }: Command): Promise<Connection> {
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  const lines = answers(child);
  const ask = async <A>(request: Request): Promise<A> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return (await lines()) as A;
  };
  const { device } = (await lines()) as Ready;
  return {
    device,
    build: (task) => ask<Built>({ do: "build", task }),
    steps: (count) => ask<Steps>({ do: "steps", count }),
    peak: () => ask<Peak>({ do: "peak" }),
    async close() {
      if (child.exitCode !== null) return;
      child.stdin.write(`${JSON.stringify({ do: "close" } satisfies Request)}\n`);
      await ended(child, 5000);
    },
  };
}

/** The next line of a child each time it is called; throws where the child says that it failed, or is no more. */
function answers(child: ChildProcess): () => Promise<unknown> {
  const { stdout, stderr } = child as { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream };
  const iterator = createInterface({ input: stdout })[Symbol.asyncIterator]();
  let complaints = "";
  stderr.on("data", (chunk) => {
    complaints = (complaints + String(chunk)).slice(-2000);
  });
  // A process that cannot be started ends its stdout as well, and is reported below.
  child.on("error", ({ message }) => {
    complaints = message;
  });
  child.stdin?.on("error", () => {});
  return async () => {
    const { value, done } = await iterator.next();
    if (done) throw new Error(complaints.trim().split("\n").at(-1) || "The process ended without a word.");
    const answer = JSON.parse(value) as Failed | object;
    if ("error" in answer) throw new Error(answer.error);
    return answer;
  };
}

/** Resolves when the child is gone; after `patience` milliseconds it is ended. */
function ended(child: ChildProcess, patience: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), patience);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    if (child.exitCode !== null || child.signalCode !== null) {
      clearTimeout(timer);
      resolve();
    }
  });
}
