import { type Program, rewriteProgram } from "../program.js";
import { type ScanParams, scanOp } from "../scan.js";
import type { Node } from "../tensor.js";
import { applyAlgebra } from "./algebra.js";
import { CARRIED, INVARIANT, isOp, PER_STEP, type Rank, type Ranks, ranksOf } from "./analysis.js";
import { rewriteBodies } from "./bodies.js";
import { eliminateCommon } from "./cse.js";
import { factorConcats } from "./factor-concats.js";
import { gatherLater } from "./gather-later.js";
import { groupElementwise } from "./group-elementwise.js";
import { groupProducts } from "./group-products.js";
import { groupReductions } from "./group-reductions.js";
import { maskedLookUps } from "./masked-look-ups.js";
import { pruneScans } from "./prune-scans.js";
import { regroup } from "./regroup.js";
import { separateStill } from "./separate-products.js";
import { shareConcats } from "./share-concats.js";
import { shareFactors } from "./share-factors.js";

/** Rounds are few in practice; the bound only guards against two rules that undo each other. */
const MAX_ROUNDS = 8;

/**
 * The same results from fewer and larger equations, up to rounding: constants folded, common subexpressions shared,
 * dead code gone, identities applied, slices under one op joined, products of one operand joined; inside scans also
 * regrouped by what depends on the carry.
 */
export const simplify = (program: Program): Program => applyRules(program, "all");

/** `simplify` without joining anything that need not stay together in a loop: what `split` wants to see. */
export const tidy = (program: Program): Program => applyRules(program, "tidy");

/** `tidy` without joining sums of products either: what `fission` wants to see. */
export const clean = (program: Program): Program => applyRules(program, "clean");

type RuleSet = "all" | "tidy" | "clean";

/** Bodies that no rule changes any more, with what they know of their inputs. */
type Settled = Map<Program, string>;

function applyRules(
  program: Program,
  set: RuleSet,
  bodyRanks?: readonly Rank[],
  settled: Settled = new Map(),
): Program {
  if (settled.get(program) === String(bodyRanks)) return program;
  const ranked = (p: Program) => (bodyRanks ? ranksOf(p, bodyRanks) : undefined);
  const inLoop = (pass: (p: Program, ranks: Ranks) => Program) => (p: Program) => {
    const ranks = ranked(p);
    return ranks ? pass(p, ranks) : p;
  };
  const bodies = (p: Program) =>
    rewriteProgram(p, (node, inputs) =>
      rewriteBodies(node, inputs, (body) => applyRules(body, set, ranksOfBody(node), settled)),
    );
  const cleaning = [
    eliminateCommon,
    applyAlgebra,
    bodies,
    pruneScans,
    inLoop(separateStill),
    inLoop((p, ranks) => regroup(p, ranks, set !== "clean")),
    inLoop(shareFactors),
  ];
  const joining = [
    (p: Program) => groupElementwise(p, bodyRanks),
    (p: Program) => groupProducts(p, ranked(p)),
    groupReductions,
    inLoop(shareConcats),
    inLoop(factorConcats),
    maskedLookUps,
    gatherLater,
  ];
  const rules = set === "all" ? [...cleaning, ...joining] : cleaning;
  let current = program;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = current;
    for (const rule of rules) current = rule(current);
    if (current === before) break;
  }
  settled.set(current, String(bodyRanks));
  return current;
}

/** What a scan's body knows of its inputs. */
function ranksOfBody(node: Node): readonly Rank[] | undefined {
  if (!isOp(node, scanOp)) return undefined;
  const { captures, carries, body } = node.params as ScanParams;
  return body.inputs.map((_, i) => (i < captures ? INVARIANT : i < captures + carries ? CARRIED : PER_STEP));
}
