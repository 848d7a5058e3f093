import { conformance } from "@throughtime/testkit";
import { BACKENDS, type BackendName } from "./backends.js";

/** What became of one test of the suite. */
export interface Outcome {
  readonly name: string;
  readonly ms: number;
  readonly error?: string;
  /** Why it was skipped. */
  readonly skipped?: string;
}

type Test = { readonly name: string; readonly body: Parameters<Parameters<typeof conformance>[0]["test"]>[1] };

/** Runs the conformance suite on a backend. */
export async function runConformance(name: BackendName): Promise<Outcome[]> {
  const tests: Test[] = [];
  conformance({
    describe: (_, body) => body(),
    test: (title, body) => tests.push({ name: title, body }),
    backend: BACKENDS[name].open,
    ...BACKENDS[name],
  });
  const outcomes: Outcome[] = [];
  for (const test of tests) outcomes.push(await outcomeOf(test));
  return outcomes;
}

async function outcomeOf({ name, body }: Test): Promise<Outcome> {
  const started = performance.now();
  let skipped: string | undefined;
  const context = {
    skip(reason?: string) {
      skipped = reason ?? "";
    },
  };
  const error = await body(context).then(
    () => undefined,
    (reason: unknown) => String((reason as Error)?.message ?? reason),
  );
  return {
    name,
    ms: performance.now() - started,
    ...(error === undefined ? {} : { error }),
    ...(skipped === undefined ? {} : { skipped }),
  };
}
