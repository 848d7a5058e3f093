import { fail } from "./conformance/case.js";

/** One test of a suite. Names are stable: `op/add/f32/odd`. */
export interface SuiteCase<C> {
  readonly name: string;
  run(context: C): Promise<void>;
}

/** A test that does not pass, and why. */
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

/** A suite's place among tests. */
export interface SuiteOptions {
  /** The test runner's, such as Vitest's or node:test's. */
  readonly describe: (name: string, body: () => void) => unknown;
  readonly test: (name: string, body: (context?: RunnerContext) => Promise<void>) => unknown;
  readonly skip?: readonly Skip[];
}

/** Registers cases, grouped by the first part of their names; at the end what `skip` names, and what closes them. */
export function registerSuite<C>(
  { describe, test, skip = [] }: SuiteOptions,
  title: string,
  cases: readonly SuiteCase<C>[],
  context: () => Promise<C>,
  closing: { readonly name: string; close(): Promise<void> },
): void {
  const outcomes = new Map<string, "passed" | "failed" | "untried">();
  const register = ({ name, run }: SuiteCase<C>): void => {
    const skipped = skip.find((entry) => covers(entry, name));
    test(name, async (runner) => {
      if (!skipped) return run(await context());
      outcomes.set(name, skipped.run === "never" ? "untried" : await outcomeOf(run, context));
      runner?.skip?.(skipped.reason);
    });
  };
  for (const [area, members] of byArea(cases)) {
    describe(`${title}: ${area}`, () => {
      for (const each of members) register(each);
    });
  }
  describe(`${title}: skips`, () => {
    for (const entry of skip) {
      test(`skip ${entry.test}`, async () => {
        if (entry.reason.trim() === "") fail("a skip needs a reason");
        const covered = cases.filter(({ name }) => covers(entry, name));
        if (covered.length === 0) fail(`no test is named ${entry.test}, and none begins with ${entry.test}/`);
        const known = covered.map(({ name }) => outcomes.get(name));
        if (known.every((outcome) => outcome === "passed")) fail(outdated(entry));
      });
    }
    test(closing.name, () => closing.close());
  });
}

/** At a whole part of the name: "op/add" covers "op/add/f32/odd" and "op/add.row/…", not "op/addOther". */
const covers = ({ test }: Skip, name: string): boolean =>
  name === test || (name.startsWith(test) && (test.endsWith("/") || "/.".includes(name[test.length] as string)));

const outdated = ({ test, reason }: Skip): string =>
  `${test} is skipped ("${reason}"), but it passes now. Remove the skip.`;

const outcomeOf = <C>(run: SuiteCase<C>["run"], context: () => Promise<C>): Promise<"passed" | "failed"> =>
  context()
    .then(run)
    .then(
      () => "passed",
      () => "failed",
    );

function byArea<C>(cases: readonly SuiteCase<C>[]): Map<string, SuiteCase<C>[]> {
  const areas = new Map<string, SuiteCase<C>[]>();
  for (const each of cases) {
    const area = each.name.slice(0, each.name.indexOf("/"));
    areas.set(area, [...(areas.get(area) ?? []), each]);
  }
  return areas;
}
