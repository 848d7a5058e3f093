import {
  add,
  addOp,
  applyOp,
  type Dim,
  makeProgram,
  matmul,
  matmulOp,
  type Node,
  type Program,
  placeholders,
  replay,
  rewriteProgram,
  type ScanParams,
  type SliceParams,
  sameDim,
  scanOp,
  sliceOp,
  splitInputs,
  type Tensor,
  type Users,
  usersOf,
} from "@throughtime/core";
import { cut } from "./cut.js";
import { isOp } from "./is-op.js";

/**
 * In a feature-major loop a product that is read in parts, [z₀; z₁] = [U₀; U₁]·h + [x₀; x₁], becomes one product for each
 * part: to cut it costs a copy at every step, and a weight's rows are cut once. What is added is cut before the loop.
 */
export function separateParts(program: Program): Program {
  const users = usersOf(program);
  return rewriteProgram(program, (node, inputs) => (isOp(node, scanOp) ? separate(node, inputs, users) : undefined));
}

/** U·h or U·h + x: U the same at every step, x another one at each; and who reads which rows. */
interface Parted {
  readonly U: Tensor;
  readonly h: Tensor;
  readonly x?: Tensor;
  readonly slices: readonly (Node & { readonly params: SliceParams })[];
}

function separate(
  { params }: { readonly params: ScanParams },
  inputs: readonly Tensor[],
  outerUsers: Users,
): readonly Tensor[] | undefined {
  const { body, length, reverse, carries } = params;
  const inner = splitInputs(body.inputs, params);
  const outer = splitInputs(inputs, params);
  const users = usersOf(body);
  const found = body.equations.flatMap((node) => partedBy(node, inner, users) ?? []);
  if (found.length === 0) return undefined;

  const gone = new Set(
    found.flatMap(({ U, x }) => [U, x]).filter((tensor) => tensor && users.get(tensor)?.length === 1),
  );
  const stay = inner.captures.map((tensor) => !gone.has(tensor));
  const stayXs = inner.xs.map((tensor) => !gone.has(tensor));
  const parts = found.flatMap(({ U, h, x, slices }) =>
    slices.map((node) => {
      const range = node.params;
      const weight = cut(outer.captures[inner.captures.indexOf(U)] as Tensor, 0, range, outerUsers);
      const addend = x && cut(outer.xs[inner.xs.indexOf(x)] as Tensor, 1, range, outerUsers);
      return { node, h, weight, addend };
    }),
  );
  const captures = [...outer.captures.filter((_, i) => stay[i]), ...parts.map(({ weight }) => weight)];
  const addends = parts.flatMap(({ addend }) => addend ?? []);
  const xs = [...outer.xs.filter((_, i) => stayXs[i]), ...addends];

  const fresh = placeholders([
    ...captures,
    ...inner.carries,
    ...xs.map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype })),
  ]);
  const own = splitInputs(fresh, { captures: captures.length, carries } as ScanParams);
  const given = new Map<Tensor, Tensor>();
  const give = (tensors: readonly Tensor[], to: readonly Tensor[]) =>
    tensors.forEach((tensor, i) => given.set(tensor, to[i] as Tensor));
  give(
    inner.captures.filter((_, i) => stay[i]),
    own.captures,
  );
  give(inner.carries, own.carries);
  give(
    inner.xs.filter((_, i) => stayXs[i]),
    own.xs,
  );
  const weightOf = (at: number) => own.captures[captures.length - parts.length + at] as Tensor;
  const addendOf = (addend: Tensor) => own.xs[xs.length - addends.length + addends.indexOf(addend)] as Tensor;

  const outputs = replay(
    body,
    body.inputs.map((input) => given.get(input) ?? input),
    ({ outputs: [y] }, _, env) => {
      const at = parts.findIndex(({ node }) => node.outputs[0] === y);
      const part = parts[at];
      if (!part) return undefined;
      const product = matmul(weightOf(at), env.get(part.h) as Tensor);
      return [part.addend ? add(addendOf(part.addend), product) : product];
    },
  );
  return applyOp(scanOp, [...captures, ...outer.carries, ...xs], {
    body: makeProgram(fresh, outputs),
    captures: captures.length,
    carries,
    length,
    reverse,
  });
}

function partedBy(
  node: Node,
  inner: { readonly captures: readonly Tensor[]; readonly xs: readonly Tensor[] },
  users: Users,
): Parted | undefined {
  if (!isOp(node, matmulOp) || node.params.transposeA || node.params.transposeB) return undefined;
  const [U, h] = node.inputs as readonly [Tensor, Tensor];
  if (!inner.captures.includes(U)) return undefined;
  const product = node.outputs[0] as Tensor;
  const [reader, ...others] = users.get(product) ?? [];
  const x = reader && isOp(reader, addOp) ? reader.inputs.find((input) => inner.xs.includes(input)) : undefined;
  const added = others.length === 0 && x && reader ? (reader.outputs[0] as Tensor) : undefined;
  const whole = added?.shape.length === 2 && sameDim(added.shape[0] as Dim, x?.shape[0] as Dim) ? added : product;
  const slices = tiling(whole, users);
  return slices && { U, h, slices, ...(whole === added && x ? { x } : {}) };
}

/** The slices that are all there is to a value, from its first row to its last. */
function tiling(whole: Tensor, users: Users): Parted["slices"] | undefined {
  const readers = users.get(whole) ?? [];
  const slices = readers.flatMap((reader) =>
    reader && isOp(reader, sliceOp) && reader.params.axis === 0 ? [reader] : [],
  );
  if (slices.length < 2 || slices.length < readers.length) return undefined;
  let at: Dim = 0;
  for (let count = 0; count < slices.length; count++) {
    const next = slices.find(({ params }) => sameDim(params.start, at));
    if (!next) return undefined;
    at = next.params.end;
  }
  return sameDim(at, whole.shape[0] as Dim) ? slices : undefined;
}
