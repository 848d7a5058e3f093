import { availableParallelism } from "node:os";
import { cpu } from "@throughtime/backend-cpu";
import { type Device, ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import { type Backend, OptionError } from "@throughtime/core";

export const BACKENDS = ["auto", "ort", "cpu", "reference"] as const;
export const DEVICES = ["cpu", "webgpu", "cuda", "dml", "coreml"] as const satisfies readonly Device[];

/** The backend that a command was asked to run on. */
export interface BackendChoice {
  /** Default "auto". */
  readonly backend?: (typeof BACKENDS)[number];
  /** Of ort; naming one asks for ort. Default "cpu". */
  readonly device?: (typeof DEVICES)[number];
  /** Default: of ort as many as the machine runs at once, of cpu 1. */
  readonly threads?: number;
}

/** As many as the machine runs at once. */
export const defaultThreads = availableParallelism;

/** Backends that not all options have a meaning for: which have none, and what the backend is. */
const MEANINGLESS = {
  cpu: { options: ["device"], what: "the cpu backend, which is WebAssembly" },
  reference: { options: ["device", "threads"], what: "the reference backend, which is JavaScript on one thread" },
} as const;

/**
 * ONNX Runtime where it is installed and loads, else WebAssembly, which is always there. Who names a device gets ONNX Runtime
 * or an error, since only it has devices. Throws what `ort` throws for options that cannot be.
 */
export async function auto({ device, threads }: Omit<BackendChoice, "backend"> = {}): Promise<Backend> {
  const native = () => ort({ device, threads: threads ?? defaultThreads() });
  if (device !== undefined) return native();
  try {
    return await native();
  } catch (error) {
    if ((error as Error).name !== "BackendError") throw error;
    return cpu({ threads });
  }
}

/**
 * Opens the backend. Nothing stands in for one that was named and is not there. Throws OptionError for options that the
 * backend does not have, BackendError where it cannot be opened.
 */
export const openBackend = async (choice: BackendChoice): Promise<Backend> => breathing(await opened(choice));

async function opened({ backend = "auto", device, threads }: BackendChoice): Promise<Backend> {
  if (backend === "auto") return auto({ device, threads });
  if (backend === "ort") return ort({ device, threads: threads ?? defaultThreads() });
  const { options, what } = MEANINGLESS[backend];
  const given = { device, threads };
  const unused = (options as readonly ("device" | "threads")[]).find((option) => given[option] !== undefined);
  if (unused !== undefined) throw new OptionError(`--${unused} has no meaning for ${what}.`);
  return backend === "cpu" ? cpu({ threads }) : reference();
}

/** How long a thread may be kept busy before others get their turn, in milliseconds. */
const BREATH = 50;

/**
 * A backend that computes in this thread answers at once, so that a loop over it would let nothing else happen: no Ctrl-C, no end
 * of whoever reads the output. Every loop downloads results; there it lets others have a turn.
 */
function breathing(backend: Backend): Backend {
  let last = performance.now();
  return {
    ...backend,
    async download(array) {
      if (performance.now() - last > BREATH) {
        await new Promise((resolve) => setImmediate(resolve));
        last = performance.now();
      }
      return backend.download(array);
    },
  };
}
