import type { Backend } from "@throughtime/core";
import { sharedBackend } from "../shared-backend.js";
import { registerSuite, type SuiteOptions } from "../suite.js";
import { arrayCases } from "./arrays.js";
import type { Case, Context } from "./case.js";
import { dimCases } from "./dims.js";
import { extremeCases } from "./extremes.js";
import { gradientCases } from "./gradients.js";
import { idCases } from "./ids.js";
import { leakCases } from "./leaks.js";
import { opCases } from "./ops/index.js";
import { randomCases } from "./random.js";
import { runningCases } from "./running.js";
import { scanCases } from "./scans.js";
import { scatterCases } from "./scatter.js";
import { specialCases } from "./special.js";
import { toleranceOf, type WiderTolerance } from "./tolerances.js";
import { trainingCases } from "./training.js";

export interface ConformanceOptions extends SuiteOptions {
  /** Makes a backend. Called for the first test, and by tests that need one of their own. */
  readonly backend: () => Promise<Backend>;
  /** Wider tolerances by op or area (see TOLERANCES), each with its reason. */
  readonly tolerance?: Readonly<Record<string, WiderTolerance>>;
  /** "small" leaves out large shapes and most random Programs, for slow devices. Default "full". */
  readonly sizes?: "small" | "full";
  /** How many arrays are live on the backend, where it counts them. */
  readonly liveArrays?: (backend: Backend) => number;
}

/** All tests of the suite, in order; their names are what `skip` names. */
export const conformanceCases = (sizes: "small" | "full" = "full"): Case[] => [
  ...arrayCases(),
  ...opCases(sizes === "full" ? ["empty", "one", "odd", "large"] : ["empty", "one", "odd"]),
  ...specialCases(),
  ...extremeCases(),
  ...gradientCases(),
  ...scanCases(),
  ...dimCases(),
  ...scatterCases(),
  ...idCases(),
  ...randomCases(sizes === "full" ? 25 : 5),
  ...runningCases(),
  ...trainingCases(),
  ...leakCases(),
];

/**
 * The tests that every backend passes: each op × dtype × shapes, special values, gradients, scans of every kind, named
 * sizes, repeated indices, indices out of range, random Programs, ownership of arrays, whole training steps, leaks and runs at once. Values are
 * held against each op's `evaluate` in f64.
 *
 * @example conformance({ describe, test, backend: () => myBackend(), skip: [{ test: "op/erf", reason: "no kernel" }] });
 */
export function conformance(options: ConformanceOptions): void {
  const shared = sharedBackend(options.backend);
  const context = async (): Promise<Context> => ({
    backend: await shared.get(),
    fresh: options.backend,
    tolerance: (name, dtype) => toleranceOf(name, dtype, options.tolerance),
    ...(options.liveArrays ? { liveArrays: options.liveArrays } : {}),
  });
  const closing = { name: "the backend closes", close: shared.close };
  registerSuite(options, "conformance", conformanceCases(options.sizes), context, closing);
}
