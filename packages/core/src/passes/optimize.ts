import type { DType } from "../dtype.js";
import { countOps } from "../print.js";
import { type Program, requireProgram } from "../program.js";
import { atSource } from "./at-source.js";
import { fission } from "./fission.js";
import { inlineComposites } from "./inline.js";
import { mergeScans } from "./merge-scans.js";
import { clean, simplify, tidy } from "./simplify.js";
import { split } from "./split.js";

export interface PassStats {
  readonly name: string;
  readonly ms: number;
  /** Equations before and after, those in bodies of scans included. */
  readonly before: number;
  readonly after: number;
}

/** Two or three in practice. */
const MAX_ROUNDS = 8;

/** All passes in the order that compile runs them. Each is a function from Program to Program and can be run alone. */
export function optimize(
  program: Program,
  supports: (op: string, dtype: DType) => boolean,
): { program: Program; passes: PassStats[] } {
  requireProgram("optimize: argument 1", program);
  const passes: PassStats[] = [];
  const run = (name: string, pass: (p: Program) => Program, input: Program): Program => {
    const started = performance.now();
    const output = pass(input);
    passes.push({ name, ms: performance.now() - started, before: equationCount(input), after: equationCount(output) });
    return output;
  };
  const inline = (p: Program) => inlineComposites(p, supports);
  let current = run("inline", inline, program);
  current = run("merge", mergeScans, current);
  current = run("clean", clean, current);
  current = run("fission", fission, current);
  current = run("tidy", tidy, current);
  current = run("source", atSource, current);
  current = run("tidy", tidy, current);
  current = run("split", split, current);
  // Joining shows what else can leave a loop, and what left it can be joined in turn: scans too, when they turn out to
  // carry the same, and composites that were batched as what they lower to.
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = current;
    current = run("simplify", simplify, current);
    current = run("fission", fission, current);
    current = run("split", split, current);
    current = run("merge", mergeScans, current);
    current = run("inline", inline, current);
    if (current === before) break;
  }
  return { program: current, passes };
}

export const equationCount = (program: Program): number =>
  Object.values(countOps(program)).reduce((sum, count) => sum + count, 0);
