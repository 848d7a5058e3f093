import { dimKey } from "../dim.js";
import { applyOp } from "../op.js";
import { makeProgram, type Program, placeholders, replay, rewriteProgram } from "../program.js";
import { type ScanParams, scanOp, splitInputs } from "../scan.js";
import { type Tensor, typeText } from "../tensor.js";
import { applyAlgebra } from "./algebra.js";
import { isOp, type ScanNode } from "./analysis.js";
import { rewriteBodies } from "./bodies.js";
import { eliminateCommon } from "./cse.js";
import { type Group, rewriteGroups } from "./groups.js";
import { Identities, nodeKey } from "./keys.js";

/**
 * Scans that carry the same state become one that emits what each of them emits. A gradient runs the forward scan
 * again with its residuals as extra ys; this makes one loop of the two.
 */
export function mergeScans(program: Program): Program {
  // What read two scans reads one now, and may be a scan itself.
  let current = program;
  for (let next = mergeOnce(current); next !== current; next = mergeOnce(current)) current = next;
  return current;
}

function mergeOnce(original: Program): Program {
  const merged = inBodies(original);
  if (!hasCandidates(merged)) return merged;
  // Copies of one tensor must be one tensor before scans can be seen to read the same.
  const program = eliminateCommon(applyAlgebra(eliminateCommon(merged)));
  const ids = new Identities();
  const names = new Map<string, number>();
  const byKey = new Map<string, ScanNode[]>();
  for (const node of program.equations) {
    if (!isOp(node, scanOp) || node.params.carries === 0) continue;
    const key = carryKey(node, ids, names);
    const list = byKey.get(key);
    if (list) list.push(node);
    else byKey.set(key, [node]);
  }
  const groups = [...byKey.values()].filter((members) => members.length > 1).map(mergeGroup);
  return rewriteGroups(program, groups);
}

const inBodies = (program: Program): Program =>
  rewriteProgram(program, (node, inputs) => rewriteBodies(node, inputs, mergeScans));

/** Whether any two scans could carry the same, as far as types tell. */
function hasCandidates({ equations }: Program): boolean {
  const seen = new Set<string>();
  return equations.some((node) => {
    if (!isOp(node, scanOp) || node.params.carries === 0) return false;
    const { length, reverse } = node.params;
    const { carries } = splitInputs(node.inputs, node.params);
    const key = `${dimKey(length)} ${reverse} ${carries.map(typeText)}`;
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  });
}

/** What determines the carries: initial values, length, direction, and the body's carry outputs over named operands. */
function carryKey(node: ScanNode, ids: Identities, interned: Map<string, number>): string {
  const { body, carries, captures, length, reverse } = node.params;
  const names = new Map<Tensor, string>();
  body.inputs.forEach((input, i) => {
    const isCarry = i >= captures && i < captures + carries;
    names.set(
      input,
      isCarry ? `carry${i - captures}` : `${i < captures ? "capture" : "x"}${ids.of(node.inputs[i] as Tensor)}`,
    );
  });
  for (const equation of body.equations) {
    const key = nodeKey(
      equation,
      equation.inputs.map((input) => names.get(input) as string),
      ids,
    );
    // One number per distinct text keeps the keys of deep bodies short.
    const name = interned.get(key) ?? interned.size;
    interned.set(key, name);
    equation.outputs.forEach((output, i) => names.set(output, `v${name}.${i}`));
  }
  const { carries: inits } = splitInputs(node.inputs, node.params);
  const next = body.outputs.slice(0, carries).map((output) => names.get(output));
  return `${dimKey(length)}${reverse}|${inits.map((init) => ids.of(init))}|${next}`;
}

function mergeGroup(members: readonly ScanNode[]): Group {
  const [first] = members as [ScanNode, ...ScanNode[]];
  const { carries, length, reverse } = first.params;
  return {
    members,
    build(operands) {
      const parts = members.map((member, i) => splitInputs(operands[i] as readonly Tensor[], member.params));
      const captures = [...new Set(parts.flatMap((part) => part.captures))];
      const xs = [...new Set(parts.flatMap((part) => part.xs))];
      const inits = (parts[0] as (typeof parts)[number]).carries;
      const rows = xs.map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype }));
      const inputs = placeholders([...captures, ...inits, ...rows]);
      const inner = splitInputs(inputs, { captures: captures.length, carries } as ScanParams);
      const bodies = members.map(({ params: { body } }, i) => {
        const part = parts[i] as (typeof parts)[number];
        return replay(body, [
          ...part.captures.map((capture) => inner.captures[captures.indexOf(capture)] as Tensor),
          ...inner.carries,
          ...part.xs.map((x) => inner.xs[xs.indexOf(x)] as Tensor),
        ]);
      });
      const ys = bodies.flatMap((outputs) => outputs.slice(carries));
      const next = (bodies[0] as Tensor[]).slice(0, carries);
      const body = makeProgram(inputs, [...next, ...ys]);
      const merged = applyOp(scanOp, [...captures, ...inits, ...xs], {
        body,
        captures: captures.length,
        carries,
        length,
        reverse,
      });
      let at = carries;
      return members.map(({ params }) => {
        const count = params.body.outputs.length - carries;
        at += count;
        return [...merged.slice(0, carries), ...merged.slice(at - count, at)];
      });
    },
  };
}
