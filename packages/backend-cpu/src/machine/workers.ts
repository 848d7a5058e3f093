import { BackendError } from "@throughtime/core";
import { HOST, hostFunctions } from "../math/host.js";
import { engine } from "../wasm/engine.js";
import type { Spawn, Thread } from "./environment.js";
import { MAX_PAGES, type Machine } from "./machine.js";
import { over } from "./memory.js";
import { WORKER_CODE } from "./worker-code.js";

type Reply = { readonly value: number | Uint8Array } | { readonly failed: string };

interface Waiting {
  resolve(value: number | Uint8Array): void;
  reject(error: Error): void;
}

/** Workers under one name: they are told everything together, and one that fails ends the use of all. */
export interface Crew {
  readonly threads: readonly Thread[];
  tell(message: object, transfer?: readonly ArrayBufferLike[]): void;
  /** Tells the first `count` of them, and resolves with what the first answers. */
  ask(message: object, count?: number): Promise<number | Uint8Array>;
  /** Throws what ended them. */
  check(): void;
  end(error: Error): void;
}

/** Starts workers; resolves once all of them are there. `start` is each one's first message. */
export async function newCrew(spawn: Spawn, count: number, start: (thread: number) => object): Promise<Crew> {
  const waiting: Waiting[][] = Array.from({ length: count }, () => []);
  let ended: Error | undefined;
  const end = (error: Error): void => {
    if (ended) return;
    ended = error;
    for (const thread of threads) thread.terminate();
    for (const { reject } of waiting.flatMap((list) => list.splice(0))) reject(error);
  };
  const died = (reason: unknown): void =>
    end(
      new BackendError(
        `cpu: a worker died (${reason}), and with it what it computed. Make another backend with cpu().`,
        {
          reason: String(reason),
        },
      ),
    );
  const threads: Thread[] = [];
  const receive = (at: number, reply: Reply): void => {
    if ("failed" in reply) {
      died(reply.failed);
      return;
    }
    const list = waiting[at] as Waiting[];
    list.shift()?.resolve(reply.value);
    if (list.length === 0) threads[at]?.keepAlive(false);
  };
  const askOne = (at: number, message: object): Promise<number | Uint8Array> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      const list = waiting[at] as Waiting[];
      list.push({ resolve, reject });
      threads[at]?.keepAlive(true);
      threads[at]?.post(message);
    });
  try {
    for (let at = 0; at < count; at++) {
      threads.push(spawn(WORKER_CODE, { message: (data) => receive(at, data as Reply), died }));
    }
  } catch (error) {
    died(error);
  }
  await Promise.all(Array.from({ length: count }, (_, at) => askOne(at, { does: "start", ...start(at) })));
  return {
    threads,
    tell(message, transfer) {
      if (!ended) for (const thread of threads) thread.post(message, transfer);
    },
    ask(message, among = 1) {
      if (!ended) for (const thread of threads.slice(1, among)) thread.post(message);
      return askOne(0, message);
    },
    check() {
      if (ended) throw ended;
    },
    end,
  };
}

/** Twice what it takes to meet. */
const WORTH = 2000;

const closed = (): BackendError => new BackendError("cpu: the backend was closed while it was at work.");

/** Workers over one shared memory, which the caller reaches too. Short modules run in the caller's thread. */
export async function newShared(spawn: Spawn, threads: number): Promise<Machine> {
  const { memory, maximum } = sharedMemory();
  const crew = await newCrew(spawn, threads, (thread) => ({ thread, memory, host: HOST }));
  let modules = 0;
  return {
    ...over(memory),
    threads,
    worth: WORTH,
    shared: true,
    note: threads === 1 ? "1 thread in a worker" : `${threads} threads in workers`,
    maximum,
    async load(bytes, { short, together }) {
      if (short) {
        const { instance } = await engine.instantiate(bytes, { env: { memory, ...hostFunctions() } });
        const run = instance.exports.run as (arena: number, thread: number) => number;
        return {
          async run(arena) {
            crew.check();
            return run(arena, 0);
          },
          drop: () => undefined,
        };
      }
      const module = await engine.compile(bytes);
      const id = modules++;
      crew.tell({ does: "load", id, module });
      return {
        run: async (arena) => (await crew.ask({ does: "run", id, arena }, together ? threads : 1)) as number,
        drop: () => crew.tell({ does: "drop", id }),
      };
    },
    close: async () => crew.end(closed()),
  };
}

/** As large as the engine lets it become: some have less room for addresses. */
function sharedMemory() {
  for (let maximum = MAX_PAGES; ; maximum /= 2) {
    try {
      return { memory: new engine.Memory({ initial: 1, maximum, shared: true }), maximum };
    } catch (error) {
      if (maximum < 1024) throw error;
    }
  }
}

/** One worker with a memory of its own, for pages that have no shared memory: bytes travel as messages. */
export async function newRemote(spawn: Spawn): Promise<Machine> {
  const size = { initial: 1, maximum: MAX_PAGES };
  const crew = await newCrew(spawn, 1, () => ({ thread: 0, size, host: HOST }));
  let pages = size.initial;
  let modules = 0;
  return {
    threads: 1,
    worth: 0,
    shared: false,
    note: "1 thread in a worker; no shared memory, since the page is not cross-origin isolated",
    maximum: MAX_PAGES,
    pages: () => pages,
    grow(more) {
      if (pages + more > MAX_PAGES) throw new RangeError("more than 32-bit addresses reach");
      pages += more;
      crew.tell({ does: "grow", pages: more });
    },
    write(address, bytes) {
      const data = bytes.slice();
      crew.tell({ does: "write", address, data }, [data.buffer]);
    },
    copy: (to, from, length) => crew.tell({ does: "copy", to, from, length }),
    async read(address, into) {
      into.set((await crew.ask({ does: "read", address, length: into.length })) as Uint8Array);
    },
    async load(bytes) {
      const module = await engine.compile(bytes);
      const id = modules++;
      crew.tell({ does: "load", id, module });
      return {
        run: async (arena) => (await crew.ask({ does: "run", id, arena })) as number,
        drop: () => crew.tell({ does: "drop", id }),
      };
    },
    close: async () => crew.end(closed()),
  };
}
