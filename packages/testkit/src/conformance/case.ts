import type { Backend, DType } from "@throughtime/core";
import type { Tolerance } from "../compare.js";
import type { SuiteCase } from "../suite.js";

/** What a test runs with. */
export interface Context {
  /** Shared by all tests; none may close it. */
  readonly backend: Backend;
  /** Another one of its kind. Whoever asks closes it. */
  fresh(): Promise<Backend>;
  tolerance(name: string, dtype: DType): Tolerance;
  /** How many arrays are live on a backend, where it says. */
  liveArrays?(backend: Backend): number;
}

/** One test of the suite. */
export type Case = SuiteCase<Context>;

export class ConformanceError extends Error {
  override readonly name = "ConformanceError";
}

/** Fails the test. */
export function fail(message: string): never {
  throw new ConformanceError(message);
}

/** Fails the test unless the promise rejects with an error of one of the names. */
export async function rejects(promise: Promise<unknown>, names: readonly string[], what: string): Promise<void> {
  const error = await promise.then(
    () => fail(`${what}: expected ${names.join(" or ")}, but it succeeded.`),
    (reason: unknown) => reason,
  );
  if (error instanceof ConformanceError) throw error;
  const name = error instanceof Error ? error.name : String(error);
  if (!names.includes(name)) fail(`${what}: expected ${names.join(" or ")}, received ${name}: ${String(error)}`);
}
