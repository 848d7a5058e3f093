import { availableParallelism } from "node:os";
import { type Device, ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import { type Backend, OptionError } from "@throughtime/core";

export const BACKENDS = ["ort", "reference"] as const;
export const DEVICES = ["cpu", "webgpu", "cuda", "dml", "coreml"] as const satisfies readonly Device[];

/** The backend that a command was asked to run on. */
export interface BackendChoice {
  /** Default "ort". */
  readonly backend?: (typeof BACKENDS)[number];
  /** Default "cpu". */
  readonly device?: (typeof DEVICES)[number];
  /** Default: as many as the machine runs at once. */
  readonly threads?: number;
}

/** What is chosen where nothing is asked for. */
export const defaultChoice = (): Required<BackendChoice> => ({
  backend: "ort",
  device: "cpu",
  threads: availableParallelism(),
});

/**
 * Opens the backend. Nothing stands in for one that is not there: the reference backend is a hundred times slower, and
 * nobody who asked for a device wants another. Throws OptionError for options that the backend does not have,
 * BackendError where it cannot be opened.
 */
export async function openBackend(choice: BackendChoice): Promise<Backend> {
  if (choice.backend === "reference") {
    const unused = (["device", "threads"] as const).find((option) => choice[option] !== undefined);
    if (unused !== undefined) {
      throw new OptionError(`--${unused} has no meaning for the reference backend, which is JavaScript on one thread.`);
    }
    return reference();
  }
  const { device, threads } = { ...defaultChoice(), ...choice };
  return ort({ device, threads });
}
