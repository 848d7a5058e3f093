/** A worker as both Node and pages have it. */
export interface Thread {
  post(message: object, transfer?: readonly ArrayBufferLike[]): void;
  /** Lets a program end although the worker is there, or not. */
  keepAlive(on: boolean): void;
  terminate(): void;
}

export interface Events {
  message(data: unknown): void;
  /** It ended, or threw where nothing caught it. */
  died(reason: unknown): void;
}

/** Starts a worker on a script, given as text. */
export type Spawn = (script: string, events: Events) => Thread;

export interface Environment {
  /** Undefined where there are no workers. */
  readonly spawn?: Spawn;
  readonly sharesMemory: boolean;
  /** A page's main thread, which may not wait. */
  readonly isPage: boolean;
}

interface NodeWorker {
  postMessage(message: object, transfer?: readonly ArrayBufferLike[]): void;
  on(event: string, listener: (value: unknown) => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<unknown>;
}

interface PageWorker {
  postMessage(message: object, transfer?: readonly ArrayBufferLike[]): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly message?: string; preventDefault?(): void }) => void) | null;
  terminate(): void;
}

/** What is used of the globals of Node and of pages, none of which is everywhere. */
interface Globals {
  readonly process?: {
    getBuiltinModule?(
      name: "node:worker_threads",
    ): { readonly Worker: new (script: string, options: object) => NodeWorker } | undefined;
  };
  readonly document?: unknown;
  readonly crossOriginIsolated?: boolean;
  readonly Worker?: new (url: string, options?: object) => PageWorker;
  readonly Blob?: new (parts: readonly string[], options: object) => object;
  readonly URL?: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void };
}

/** Where this code runs. Node's workers are asked for by name at run time, so that no bundler looks for them. */
export function environment(): Environment {
  const globals = globalThis as unknown as Globals;
  const node = globals.process?.getBuiltinModule?.("node:worker_threads");
  if (node) return { spawn: spawnInNode(node.Worker), sharesMemory: true, isPage: false };
  return {
    ...(globals.Worker ? { spawn: spawnInPage(globals) } : {}),
    sharesMemory: globals.crossOriginIsolated === true,
    isPage: globals.document !== undefined,
  };
}

const spawnInNode =
  (Worker: new (script: string, options: object) => NodeWorker): Spawn =>
  (script, { message, died }) => {
    const worker = new Worker(script, { eval: true, execArgv: [], name: "throughtime" });
    worker.on("message", message);
    worker.on("error", died);
    worker.on("exit", (code) => died(`it ended with code ${code}`));
    worker.unref();
    return {
      post: (data, transfer) => worker.postMessage(data, transfer),
      keepAlive: (on) => (on ? worker.ref() : worker.unref()),
      terminate: () => void worker.terminate(),
    };
  };

const spawnInPage =
  ({ Worker, Blob, URL }: Globals): Spawn =>
  (script, { message, died }) => {
    if (!Worker || !Blob || !URL) throw new Error("this engine starts no workers from text");
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const worker = new Worker(url, { name: "throughtime" });
    worker.onmessage = ({ data }) => {
      // Once it speaks, it has been read.
      URL.revokeObjectURL(url);
      message(data);
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      died(event.message ?? "it could not start; a Content-Security-Policy must allow worker-src blob:");
    };
    return {
      post: (data, transfer) => worker.postMessage(data, transfer ?? []),
      keepAlive: () => undefined,
      terminate: () => worker.terminate(),
    };
  };
