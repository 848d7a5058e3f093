import { addDim, type Dim, dimKey, sameDim, sameShape, subDim } from "../dim.js";
import { apply } from "../op.js";
import { concat } from "../ops/concat.js";
import { mul, mulOp } from "../ops/mul.js";
import { slice, sliceOp } from "../ops/slice.js";
import type { Program } from "../program.js";
import type { Node, Tensor } from "../tensor.js";
import { estimate, isOp, type Rank, type Ranks, ranksOf, type Users, usersOf } from "./analysis.js";
import { type Group, rewriteGroups } from "./groups.js";
import { Identities, paramsKey } from "./keys.js";
import { type Run, runsOf } from "./runs.js";

/**
 * One elementwise op over neighbouring slices of a tensor becomes one op over their union, and slices of its result:
 * three gates, one sigmoid. Other operands may be slices too (at matching places), one tensor for all, tensors that are
 * cheap to join because they are of lower rank or smaller, or products of one tensor with such: the peepholes p·c of two
 * gates, which become [p₀ p₁]·[c c].
 */
export function groupElementwise(program: Program, inputRanks?: readonly Rank[]): Program {
  // What reads the results are slices of one tensor again. Each round has fewer equations, so it ends.
  let current = program;
  for (let next = groupOnce(current, inputRanks); next !== current; next = groupOnce(current, inputRanks))
    current = next;
  return current;
}

function groupOnce(program: Program, inputRanks?: readonly Rank[]): Program {
  const ranks = inputRanks && ranksOf(program, inputRanks);
  const ids = new Identities();
  const users = usersOf(program);
  const candidates = new Map<string, Member[]>();
  const claimed = new Set<Node>();
  for (const node of program.equations) {
    if (node.op.batch !== "elementwise" || node.outputs.length !== 1) continue;
    const member = asMember(node, { ids, ranks, users });
    if (!member) continue;
    const list = candidates.get(member.key);
    if (list) list.push(member);
    else candidates.set(member.key, [member]);
  }
  const groups: Group[] = [];
  for (const members of candidates.values()) {
    for (const run of runsOf(members)) {
      if (run.some(({ node }) => claimed.has(node))) continue;
      for (const { node } of run) claimed.add(node);
      groups.push(asGroup(run));
    }
  }
  return rewriteGroups(program, groups);
}

/**
 * How one operand takes part along the axis: a slice, the same tensor for every member, a part to be joined, or the
 * product of a part and one tensor for every member.
 */
type Role = "slice" | "shared" | "part" | "multiple";

interface Context {
  readonly ids: Identities;
  readonly ranks: Ranks | undefined;
  readonly users: Users;
}

interface Member extends Run {
  readonly node: Node;
  readonly key: string;
  readonly axis: number;
  readonly roles: readonly Role[];
}

function asMember(node: Node, { ids, ranks, users }: Context): Member | undefined {
  const y = node.outputs[0] as Tensor;
  // The first operand that is a slice of full rank along its axis leads.
  const leader = node.inputs.find(({ node: from, shape }) => isOp(from, sliceOp) && shape.length === y.shape.length);
  if (!leader || !isOp(leader.node, sliceOp)) return undefined;
  const { axis, start, end } = leader.node.params;
  if (!sameDim(leader.shape[axis] as Dim, y.shape[axis] as Dim)) return undefined;
  const roles: Role[] = [];
  const texts: string[] = [];
  for (const input of node.inputs) {
    const at = axis - y.shape.length + input.shape.length;
    const size = at < 0 ? 1 : (input.shape[at] as Dim);
    if (size === 1) {
      roles.push("shared");
      texts.push(`=${ids.of(input)}`);
    } else if (isOp(input.node, sliceOp) && input.node.params.axis === at && input.shape.length === y.shape.length) {
      roles.push("slice");
      const offset = subDim(input.node.params.start, start);
      texts.push(`s${ids.of(input.node.inputs[0] as Tensor)}+${dimKey(offset)}`);
    } else if (cheapToJoin(input, y, ranks)) {
      roles.push("part");
      texts.push(`p${input.shape.map((d, i) => (i === at ? "*" : dimKey(d)))}`);
    } else {
      const multiple = users.get(input)?.length === 1 ? asMultiple(input, at, ranks) : undefined;
      if (!multiple) return undefined;
      roles.push("multiple");
      texts.push(`m${ids.of(multiple.of)}*${multiple.by.shape.length}`);
    }
  }
  return {
    node,
    axis,
    start,
    end,
    roles,
    key: `${ids.of(node.op)}|${paramsKey(node.params, ids)}|${axis}|${texts.join()}`,
  };
}

/** A product of a full tensor and a cheaper one that spans the axis: the same tensor's multiples are joined by joining those. */
function asMultiple(y: Tensor, axis: number, ranks: Ranks | undefined): { of: Tensor; by: Tensor } | undefined {
  if (y.node.op !== mulOp) return undefined;
  const [a, b] = y.node.inputs as readonly [Tensor, Tensor];
  const [of, by] = sameShape(a.shape, y.shape) && cheapToJoin(b, y, ranks) ? [a, b] : [b, a];
  const at = axis - y.shape.length + by.shape.length;
  const spans = at >= 0 && sameDim(by.shape[at] as Dim, y.shape[axis] as Dim);
  return spans && sameShape(of.shape, y.shape) && cheapToJoin(by, y, ranks) ? { of, by } : undefined;
}

function cheapToJoin(input: Tensor, y: Tensor, ranks: Ranks | undefined): boolean {
  if (ranks) return (ranks.get(input) ?? 0) < (ranks.get(y) as number);
  return estimate(input.shape) * 4 <= estimate(y.shape);
}

function asGroup(run: readonly Member[]): Group {
  const [first] = run as [Member, ...Member[]];
  const { axis, roles } = first;
  const { op, params, outputs } = first.node;
  const rank = (outputs[0] as Tensor).shape.length;
  const sizes = run.map(({ start, end }) => subDim(end, start));
  const total = sizes.reduce<Dim>(addDim, 0);
  return {
    members: run.map(({ node }) => node),
    build(operands) {
      const joined = roles.map((role, i) => {
        const own = operands.map((tensors) => tensors[i] as Tensor);
        const one = own[0] as Tensor;
        const at = axis - rank + one.shape.length;
        if (role === "shared") return one;
        if (role === "multiple") return joinMultiples(own, at);
        const from = one.node;
        // An operand may have been rewritten on the way; then its parts are joined instead.
        if (
          role === "slice" &&
          isOp(from, sliceOp) &&
          own.every((tensor) => isOp(tensor.node, sliceOp) && tensor.node.inputs[0] === from.inputs[0])
        ) {
          return slice(from.inputs[0] as Tensor, {
            axis,
            start: from.params.start,
            end: addDim(from.params.start, total),
          });
        }
        return concat(own, { axis: at });
      });
      const whole = apply(op, joined, params);
      let at: Dim = 0;
      return run.map((_, i) => {
        const end: Dim = addDim(at, sizes[i] as Dim);
        const part = slice(whole, { axis, start: at, end });
        at = end;
        return [part];
      });
    },
  };
}

/** [p₀·c p₁·c] as [p₀ p₁]·[c c]; as it stands where the products were rewritten on the way. */
function joinMultiples(products: readonly Tensor[], axis: number): Tensor {
  const [first] = products as readonly [Tensor];
  const of = first.node.inputs.find((input) =>
    products.every(
      ({ node }) => node.op === mulOp && node.inputs.includes(input) && sameShape(input.shape, first.shape),
    ),
  );
  if (!of) return concat(products, { axis });
  const by = products.map(({ node }) => node.inputs.find((input) => input !== of) ?? of);
  const at = axis - first.shape.length + (by[0] as Tensor).shape.length;
  return mul(
    concat(
      products.map(() => of),
      { axis },
    ),
    concat(by, { axis: at }),
  );
}
