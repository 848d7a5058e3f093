import { BackendError, CompileError } from "@throughtime/core";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { messageOf, type Runtime } from "./runtime.js";

/** What executables need of the backend that made them: its sessions, counted, awaited and freed. */
export interface Host {
  readonly name: string;
  readonly runtime: Runtime;
  /** Throws BackendError once the backend is closed. */
  requireOpen(what: string): void;
  /** Throws CompileError with what ONNX Runtime says of the model. */
  build(model: Uint8Array): Promise<InferenceSession>;
  /** Throws BackendError with what ONNX Runtime says; its node names hold the names of the Program's ops. */
  run(
    session: InferenceSession,
    feeds: Record<string, Tensor>,
    fetches: Record<string, Tensor>,
  ): Promise<InferenceSession.ReturnType>;
  /** Starts a task when those before it have ended. Calls may share buffers, so they never overtake each other. */
  inOrder<T>(task: () => Promise<T>): Promise<T>;
  /** Calls `free` when an object that a user dropped is collected; `free` must not refer to it. */
  freeWith(object: object, free: () => void): void;
  /** Frees a session after what runs now. */
  drop(session: InferenceSession): void;
  sessionsBuilt(): number;
  /** Waits for what runs, then frees every session. */
  close(): Promise<void>;
}

export function newHost(name: string, runtime: Runtime, options: InferenceSession.SessionOptions): Host {
  const running = new Set<Promise<unknown>>();
  const sessions = new Set<InferenceSession>();
  let built = 0;
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
  const requireOpen = (what: string): void => {
    if (closed) throw new BackendError(`${what}: the backend ${name} was closed.`);
  };
  return {
    name,
    runtime,
    requireOpen,
    async build(model) {
      const session = await tracked(runtime.InferenceSession.create(model, options)).catch((cause: unknown) => {
        throw new CompileError(`compile: ONNX Runtime refused the model: ${messageOf(cause)}`, {}, { cause });
      });
      built++;
      sessions.add(session);
      return session;
    },
    async run(session, feeds, fetches) {
      return session.run(feeds, fetches).catch((cause: unknown) => {
        throw new BackendError(`run: ONNX Runtime failed: ${messageOf(cause)}`, {}, { cause });
      });
    },
    inOrder(task) {
      const next = last.then(task, task);
      last = next;
      return tracked(next);
    },
    freeWith: (object, free) => collected.register(object, free),
    drop(session) {
      if (sessions.delete(session)) void Promise.allSettled(running).then(() => session.release());
    },
    sessionsBuilt: () => built,
    async close() {
      closed = true;
      await Promise.allSettled(running);
      const left = [...sessions];
      sessions.clear();
      await Promise.all(left.map((session) => session.release()));
    },
  };
}
