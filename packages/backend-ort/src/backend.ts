import { type Backend, BackendError, CompileError, type NdArray, type Program, type TypedArray } from "@throughtime/core";
import { PRIMITIVES, toOnnx } from "@throughtime/onnx";
import { availableParallelism } from "node:os";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { liveArray, newArray, type OrtArray, retire } from "./array.js";
import { cpuExecutable } from "./cpu-executable.js";
import { type Device, deviceName, openDevice } from "./devices.js";
import { ELEMENT_TYPES, loadRuntime, messageOf, type Runtime, runtimeVersion } from "./runtime.js";

export interface OrtOptions {
  /** Where to run. Default "cpu". The others must be there: asking for one that is not is an error that says what is. */
  readonly device?: Device;
  /** Threads within one operator, on the CPU. Default: as many as the machine runs at once. */
  readonly threads?: number;
  /** The runtime to use instead of onnxruntime-node, such as onnxruntime-web. */
  readonly ort?: Runtime;
  /** Session options of ONNX Runtime that go over ours. */
  readonly session?: InferenceSession.SessionOptions;
}

export interface OrtStatistics {
  /** Sessions built since the backend was made: on the CPU one per Program, whatever the sizes. */
  readonly sessionsBuilt: number;
}

export interface OrtBackend extends Backend {
  statistics(): OrtStatistics;
}

/** What executables need of the backend that made them. */
export interface Host {
  readonly owner: object;
  readonly name: string;
  readonly runtime: Runtime;
  build(model: Uint8Array): Promise<InferenceSession>;
  /** Runs a session; close() waits for it. */
  run(session: InferenceSession, feeds: Record<string, Tensor>, fetches: Record<string, Tensor>): Promise<void>;
  /** Frees a session after what runs now. */
  drop(session: InferenceSession): void;
}

/**
 * Runs Programs with ONNX Runtime. Throws BackendError where the runtime or the device is not there.
 *
 * @example const backend = await ort({ threads: 1 });
 */
export async function ort(options: OrtOptions = {}): Promise<OrtBackend> {
  const runtime = await loadRuntime(options.ort);
  const device = options.device ?? "cpu";
  const threads = options.threads ?? availableParallelism();
  const sessionOptions: InferenceSession.SessionOptions = { ...openDevice(device, threads), ...options.session };
  const owner = {};
  const running = new Set<Promise<unknown>>();
  const sessions = new Set<InferenceSession>();
  let sessionsBuilt = 0;
  let closed = false;

  const requireOpen = (what: string) => {
    if (closed) throw new BackendError(`${what}: this backend was closed.`);
  };
  const track = async <T>(call: Promise<T>): Promise<T> => {
    running.add(call);
    try {
      return await call;
    } finally {
      running.delete(call);
    }
  };
  const host: Host = {
    owner,
    name: `ort:${device}`,
    runtime,
    async build(model) {
      const session = await track(runtime.InferenceSession.create(model, sessionOptions));
      sessionsBuilt++;
      sessions.add(session);
      return session;
    },
    async run(session, feeds, fetches) {
      requireOpen("run");
      await track(session.run(feeds, fetches));
    },
    drop(session) {
      if (sessions.delete(session)) void Promise.allSettled(running).then(() => session.release());
    },
  };

  return {
    name: host.name,
    device: ["ONNX Runtime", runtimeVersion(runtime), "·", deviceName(device, threads)].join(" "),
    supports: (op, dtype) => Object.hasOwn(PRIMITIVES, op) && !(op === "erf" && dtype === "f64"),
    async compile(program: Program, { donate }) {
      requireOpen("compile");
      const started = performance.now();
      const model = toOnnx(program);
      const session = await host.build(model).catch((cause: unknown) => {
        throw new CompileError(`compile: ONNX Runtime refused the model: ${messageOf(cause)}`, {}, { cause });
      });
      return cpuExecutable(host, program, session, donate, performance.now() - started);
    },
    async upload({ data, shape, dtype }: NdArray) {
      requireOpen("upload");
      // A copy, because the memory may serve a later result once the array is donated.
      const tensor = new runtime.Tensor(ELEMENT_TYPES[dtype], data.slice() as Float32Array, shape) as Tensor;
      return newArray(owner, host.name, dtype, tensor);
    },
    async download(array) {
      requireOpen("download");
      const { tensor, dtype, shape } = liveArray(array, owner, "download");
      return { data: (tensor.data as TypedArray).slice(), shape, dtype };
    },
    release(array) {
      if (array.state === "live") retire(array as OrtArray, "released");
    },
    async close() {
      if (closed) return;
      closed = true;
      await Promise.allSettled(running);
      await Promise.all([...sessions].map((session) => session.release()));
      sessions.clear();
    },
    statistics: () => ({ sessionsBuilt }),
  };
}
