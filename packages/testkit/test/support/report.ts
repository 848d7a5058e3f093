import { reference } from "@throughtime/backend-reference";
import { type Backend, rewriteProgram } from "@throughtime/core";
import type { SuiteOptions } from "../../src/index.js";

interface Report {
  readonly failed: Map<string, string>;
  readonly skipped: Map<string, string>;
  readonly passed: string[];
}

/** Runs a suite with a runner of our own; only the tests that `only` names, the bookkeeping of skips included. */
export async function reportOf(
  register: (runner: Pick<SuiteOptions, "describe" | "test">) => void,
  only: (name: string) => boolean = () => true,
): Promise<Report> {
  const tests: { name: string; body: Parameters<SuiteOptions["test"]>[1] }[] = [];
  register({ describe: (_, body) => body(), test: (name, body) => tests.push({ name, body }) });
  const result: Report = { failed: new Map(), skipped: new Map(), passed: [] };
  for (const { name, body } of tests) {
    if (!only(name) && !name.startsWith("skip ")) continue;
    let skipped: string | undefined;
    try {
      await body({
        skip: (reason) => {
          skipped = reason ?? "";
        },
      });
      if (skipped === undefined) result.passed.push(name);
      else result.skipped.set(name, skipped);
    } catch (error) {
      result.failed.set(name, String(error));
    }
  }
  return result;
}

export const startsWith =
  (...prefixes: string[]) =>
  (name: string) =>
    prefixes.some((prefix) => name.startsWith(prefix));

/** A reference backend with a fault. */
export const faulty = (fault: (good: Backend) => Partial<Backend>): (() => Promise<Backend>) => {
  return async () => {
    const good = reference();
    return { ...good, ...fault(good) };
  };
};

/** A backend whose Programs are tampered with before they run, outside of loops. */
export const miscompiling = (rewrite: Parameters<typeof rewriteProgram>[1]): (() => Promise<Backend>) =>
  faulty((good) => ({ compile: (program, options) => good.compile(rewriteProgram(program, rewrite), options) }));
