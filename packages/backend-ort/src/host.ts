import { BackendError, CompileError } from "@throughtime/core";
import type { InferenceSession, Tensor } from "onnxruntime-common";
import { messageOf, type Runtime } from "./runtime.js";
import { newSpare, type Spare } from "./spare.js";

/** What executables need of the backend that made them: its sessions and arrays, counted, awaited and freed. */
export interface Host {
  readonly name: string;
  readonly runtime: Runtime;
  /** Throws BackendError once the backend is closed. */
  requireOpen(what: string): void;
  /** Throws CompileError with what ONNX Runtime says of the model. */
  build(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  /**
   * Throws BackendError with what ONNX Runtime says; its node names hold the names of the Program's ops. What `isEnd` knows
   * as the end that was asked for is none: no error is made of it, which would cost a short step a percent of its time.
   */
  run(
    session: InferenceSession,
    feeds: Record<string, Tensor>,
    fetches: Record<string, Tensor> | readonly string[],
    isEnd?: (cause: unknown) => boolean,
  ): Promise<InferenceSession.ReturnType>;
  /** Starts a task when those before it have ended. Calls may share buffers, so they never overtake each other. */
  inOrder<T>(task: () => Promise<T>): Promise<T>;
  /** Calls `free` when an object that a user dropped is collected; `free` must not refer to it. */
  freeWith(object: object, free: () => void): void;
  /** A function that frees memory the first time that it is called; closing calls it too. */
  ownMemory(free: () => void): () => void;
  /** Counts an array in. What the user drops without releasing is freed when it is collected. */
  arrayMade(array: object, free: (() => void) | undefined): void;
  arrayGone(array: object): void;
  /** Frees a session after what runs now. */
  drop(session: InferenceSession): void;
  /** What the last run consumed, on the CPU. */
  readonly spare: Spare;
  statistics(): OrtStatistics;
  /** Waits for what runs, then frees every array and session. */
  close(): Promise<void>;
}

export interface OrtStatistics {
  /** Sessions built since the backend was made. On the CPU one serves every size of a Program. */
  readonly sessionsBuilt: number;
  /** Arrays that were neither released, donated nor collected. */
  readonly liveArrays: number;
}

export function newHost(name: string, runtime: Runtime, options: InferenceSession.SessionOptions): Host {
  const running = new Set<Promise<unknown>>();
  const sessions = new Set<InferenceSession>();
  const frees = new Set<() => void>();
  const spare = newSpare();
  let sessionsBuilt = 0;
  let liveArrays = 0;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();
  const collected = new FinalizationRegistry<() => void>((free) => free());

  const tracked = async <T>(call: Promise<T>): Promise<T> => {
    running.add(call);
    try {
      return await call;
    } finally {
      running.delete(call);
    }
  };
  return {
    name,
    runtime,
    requireOpen(what) {
      if (closed) throw new BackendError(`${what}: the backend ${name} was closed.`);
    },
    async build(model, more) {
      const call = runtime.InferenceSession.create(model, { ...options, ...more });
      const session = await tracked(call).catch((cause: unknown) => {
        throw new CompileError(`compile: ONNX Runtime refused the model: ${messageOf(cause)}`, {}, { cause });
      });
      sessionsBuilt++;
      sessions.add(session);
      return session;
    },
    run: (session, feeds, fetches, isEnd) =>
      session.run(feeds, fetches as Record<string, Tensor>).catch((cause: unknown) => {
        if (isEnd?.(cause)) return {};
        throw new BackendError(`run: ONNX Runtime failed: ${messageOf(cause)}`, {}, { cause });
      }),
    inOrder(task) {
      const next = last.then(task, task);
      last = next;
      return tracked(next);
    },
    freeWith: (object, free) => collected.register(object, free),
    ownMemory(free) {
      const once = () => {
        if (frees.delete(once)) free();
      };
      frees.add(once);
      return once;
    },
    arrayMade(array, free) {
      liveArrays++;
      const gone = () => {
        liveArrays--;
        free?.();
      };
      collected.register(array, gone, array);
    },
    arrayGone(array) {
      liveArrays--;
      collected.unregister(array);
    },
    drop(session) {
      if (sessions.delete(session)) void Promise.allSettled(running).then(() => session.release());
    },
    spare,
    statistics: () => ({ sessionsBuilt, liveArrays }),
    async close() {
      closed = true;
      await Promise.allSettled(running);
      spare.clear();
      for (const free of frees) free();
      const left = [...sessions];
      sessions.clear();
      await Promise.all(left.map((session) => session.release()));
    },
  };
}
