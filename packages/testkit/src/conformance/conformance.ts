import type { Backend } from "@throughtime/core";
import { arrayCases } from "./arrays.js";
import { type Case, type Context, fail } from "./case.js";
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

/** A test that a backend does not pass, and why. */
export interface Skip {
  /** A test's name, or a prefix of names that ends at a part: "op/erf" covers "op/erf/f32/odd". */
  readonly test: string;
  readonly reason: string;
  /**
   * "expect-failure" (default): it runs, and the suite fails once it passes, so that no skip outlives its reason.
   * "never": not even tried, for what would end the process or hang.
   */
  readonly run?: "expect-failure" | "never";
}

/** What a test runner's `test` is given: Vitest's and Node's both have skip. */
interface RunnerContext {
  skip?(reason?: string): void;
}

export interface ConformanceOptions {
  /** The test runner's, such as Vitest's or node:test's. */
  readonly describe: (name: string, body: () => void) => unknown;
  readonly test: (name: string, body: (context?: RunnerContext) => Promise<void>) => unknown;
  /** Makes a backend. Called for the first test, and by tests that need one of their own. */
  readonly backend: () => Promise<Backend>;
  readonly skip?: readonly Skip[];
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
  const { describe, test, skip = [] } = options;
  const cases = conformanceCases(options.sizes);
  const shared = sharedBackend(options.backend);
  const outcomes = new Map<string, "passed" | "failed" | "untried">();
  const context = async (): Promise<Context> => ({
    backend: await shared.get(),
    fresh: options.backend,
    tolerance: (name, dtype) => toleranceOf(name, dtype, options.tolerance),
    ...(options.liveArrays ? { liveArrays: options.liveArrays } : {}),
  });

  const register = ({ name, run }: Case): void => {
    const skipped = skip.find((entry) => covers(entry, name));
    test(name, async (runner) => {
      if (!skipped) return run(await context());
      outcomes.set(name, skipped.run === "never" ? "untried" : await outcomeOf(run, context));
      runner?.skip?.(skipped.reason);
    });
  };

  for (const [area, members] of byArea(cases)) {
    describe(`conformance: ${area}`, () => {
      for (const each of members) register(each);
    });
  }
  describe("conformance: skips", () => {
    for (const entry of skip) {
      test(`skip ${entry.test}`, async () => {
        if (entry.reason.trim() === "") fail("a skip needs a reason");
        const covered = cases.filter(({ name }) => covers(entry, name));
        if (covered.length === 0) fail(`no test is named ${entry.test}, and none begins with ${entry.test}/`);
        const known = covered.map(({ name }) => outcomes.get(name));
        if (known.every((outcome) => outcome === "passed")) fail(outdated(entry));
      });
    }
    test("the backend closes", () => shared.close());
  });
}

/** At a whole part of the name: "op/add" covers "op/add/f32/odd" and "op/add.row/…", not "op/addOther". */
const covers = ({ test }: Skip, name: string): boolean =>
  name === test || (name.startsWith(test) && (test.endsWith("/") || "/.".includes(name[test.length] as string)));

const outdated = ({ test, reason }: Skip): string =>
  `${test} is skipped ("${reason}"), but it passes now. Remove the skip.`;

const outcomeOf = (run: Case["run"], context: () => Promise<Context>): Promise<"passed" | "failed"> =>
  context()
    .then(run)
    .then(
      () => "passed",
      () => "failed",
    );

function byArea(cases: readonly Case[]): Map<string, Case[]> {
  const areas = new Map<string, Case[]>();
  for (const each of cases) {
    const area = each.name.slice(0, each.name.indexOf("/"));
    areas.set(area, [...(areas.get(area) ?? []), each]);
  }
  return areas;
}

/** Made when first asked for; again if it was closed, since a runner may choose the order. */
function sharedBackend(make: () => Promise<Backend>): { get(): Promise<Backend>; close(): Promise<void> } {
  let current: Promise<Backend> | undefined;
  return {
    get() {
      current ??= make();
      return current;
    },
    async close() {
      const closing = current;
      current = undefined;
      await (await closing)?.close();
    },
  };
}
