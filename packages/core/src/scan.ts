import { describe } from "./describe.js";
import { type Dim, sameDim, sameShape } from "./dim.js";
import { allocate, isFloat } from "./dtype.js";
import { ArgumentError, ShapeError } from "./errors.js";
import { evaluateProgram } from "./evaluate.js";
import { backpropagate } from "./gradient.js";
import { type NdArray, requireFit, sizeOf } from "./ndarray.js";
import { applyOp, defineOp, isTensorLike, type TensorLike, tensorAt } from "./op.js";
import { add } from "./ops/add.js";
import { broadcast } from "./ops/broadcast.js";
import { constantOf } from "./ops/fill.js";
import { identity } from "./ops/identity.js";
import { moveAxis } from "./ops/transpose.js";
import { closeOver, makeProgram, type Program, placeholders, replay } from "./program.js";
import { optionsOf, requireFunction } from "./require.js";
import { residualsOf } from "./residuals.js";
import { checkScan } from "./scan-types.js";
import { isTensor, nextId, type Tensor, type Type, typeText } from "./tensor.js";
import { type FlatTree, flattenTree, placeIn, structureKey, unflattenTree } from "./tree.js";
import { batchProgram } from "./vmap.js";

/**
 * A scan's equation: inputs are [captures…, initial carries…, xs…], outputs [final carries…, ys…]. The body's inputs
 * are [captures…, carries…, one x of each xs], its outputs [next carries…, one y of each ys].
 */
export interface ScanParams {
  readonly body: Program;
  readonly captures: number;
  readonly carries: number;
  readonly length: Dim;
  readonly reverse: boolean;
}

/** The parts of a scan's inputs, or of its body's. */
export function splitInputs<T>(
  inputs: readonly T[],
  { captures, carries }: ScanParams,
): { captures: T[]; carries: T[]; xs: T[] } {
  return {
    captures: inputs.slice(0, captures),
    carries: inputs.slice(captures, captures + carries),
    xs: inputs.slice(captures + carries),
  };
}

export const splitOutputs = <T>(outputs: readonly T[], { carries }: ScanParams): { carries: T[]; ys: T[] } => ({
  carries: outputs.slice(0, carries),
  ys: outputs.slice(carries),
});

/** carry, y_t = body(captures, carry, x_t) for t = 0 … length − 1, or backwards; y_t stands at t either way. */
export const scanOp = defineOp<ScanParams>({
  name: "scan",
  shape(inputs, params) {
    checkScan(inputs, params);
    const { body, carries, length } = params;
    return body.outputs.map(
      ({ shape, dtype }, i): Type => ({ shape: i < carries ? shape : [length, ...shape], dtype }),
    );
  },
  evaluate(inputs, params, debug) {
    const { body, reverse } = params;
    const { captures, carries, xs } = splitInputs(inputs, params);
    const length = params.length as number;
    let carry = carries;
    const ys = body.outputs.slice(params.carries).map(({ shape, dtype }) => {
      const full = [length, ...(shape as readonly number[])];
      return { data: allocate(dtype, sizeOf(full)), shape: full, dtype };
    });
    for (let step = 0; step < length; step++) {
      const t = reverse ? length - 1 - step : step;
      const inner = debug && { ...debug, path: [...debug.path, `step ${t}`] };
      const outputs = evaluateProgram(body, [...captures, ...carry, ...xs.map((x) => row(x, t))], inner);
      carry = outputs.slice(0, params.carries);
      ys.forEach((y, i) => y.data.set((outputs[params.carries + i] as NdArray).data, t * sizeOf(y.shape.slice(1))));
    }
    return [...carry, ...ys];
  },
  vjp: ({ inputs, params }, _, dys) => scanVjp(inputs, params, dys),
  batch: (inputs, batched, params, size) => batchScan(inputs, batched, params, size),
});

const row = ({ data, shape, dtype }: NdArray, t: number): NdArray => {
  const inner = shape.slice(1);
  const size = sizeOf(inner);
  return { data: data.subarray(t * size, (t + 1) * size), shape: inner, dtype };
};

export interface ScanOptions {
  /** Run from the last x to the first; ys keep their places. Default false. */
  readonly reverse?: boolean;
  /** The number of steps; needed only where xs has no leaves. */
  readonly length?: Dim;
}

/**
 * The only loop. `step` sees one slice of xs along axis 0 at a time and carries state along:
 *
 *     for (const x of xs) { [carry, y] = step(carry, x); ys.push(y); }
 *     return [carry, stack(ys)];
 *
 * carry, x and y are trees. The carry keeps its structure, shapes and dtypes. Gradients of any order flow through.
 * Throws ShapeError naming the carry's path where step changes it, or where the leaves of xs differ in length;
 * ArgumentError where a tree holds something else than tensors and numbers, or step does not return [carry, y].
 */
export function scan<C, X, Y>(
  step: (carry: C, x: X) => [C, Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [carry: C, ys: Y] {
  requireFunction("scan: step", step);
  optionsOf("scan", options, "length", "reverse");
  const carry0 = flattenTree<TensorLike>(init, isTensorLike, "scan: init");
  const flatXs = flattenTree<Tensor>(xs, isTensor, "scan: xs");
  const inits = tensorsOf(carry0, "scan: init");
  const length = scanLength(flatXs, options.length);
  const scope = nextId();
  const ph = placeholders(
    [...inits, ...flatXs.leaves.map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype }))],
    scope,
  );
  const result: readonly unknown[] = step(
    unflattenTree(carry0.structure, ph.slice(0, inits.length)) as C,
    unflattenTree(flatXs.structure, ph.slice(inits.length)) as X,
  );
  if (!Array.isArray(result) || result.length > 2) {
    throw new ArgumentError(
      `scan: step returned ${describe(result)}; expected [carry, y], as in return [next, output].`,
    );
  }
  const [next, y] = result;
  const carry1 = flattenTree<TensorLike>(next, isTensorLike, "scan: step's carry");
  const nexts = checkCarry(carry0, inits, carry1);
  const ys = flattenTree<TensorLike>(y ?? [], isTensorLike, "scan: step's y");
  const outputs = [...nexts, ...tensorsOf(ys, "scan: step's y")];
  const { captures, program } = closeOver(ph, outputs, scope);
  const results = applyOp(scanOp, [...captures, ...inits, ...flatXs.leaves], {
    body: program,
    captures: captures.length,
    carries: inits.length,
    length,
    reverse: options.reverse ?? false,
  });
  return [
    unflattenTree(carry0.structure, results.slice(0, inits.length)) as C,
    unflattenTree(ys.structure, results.slice(inits.length)) as Y,
  ];
}

/** Leaves as tensors; what does not fit is named by its path. */
const tensorsOf = ({ leaves, paths }: FlatTree<TensorLike>, what: string): Tensor[] =>
  leaves.map((leaf, i) => tensorAt(placeIn(what, paths[i] as string), leaf));

function scanLength({ leaves, paths }: FlatTree<Tensor>, given: Dim | undefined): Dim {
  const lengths = leaves.map((leaf, i) => {
    if (leaf.shape.length === 0)
      throw new ShapeError(
        `${placeIn("scan: xs", paths[i] as string)} is ${typeText(leaf)}; it needs a leading axis to run over.`,
      );
    return leaf.shape[0] as Dim;
  });
  const length = given ?? lengths[0];
  if (length === undefined)
    throw new ShapeError("scan: xs has no tensors, so the number of steps is unknown. Pass { length }.");
  lengths.forEach((other, i) => {
    if (!sameDim(length, other)) {
      throw new ShapeError(
        `${placeIn("scan: xs", paths[i] as string)} is ${typeText(leaves[i] as Tensor)}; expected ${typeof length === "number" ? length : length.key} steps along axis 0.`,
      );
    }
  });
  return length;
}

function checkCarry(before: FlatTree<TensorLike>, inits: readonly Tensor[], after: FlatTree<TensorLike>): Tensor[] {
  if (structureKey(before.structure) !== structureKey(after.structure)) {
    throw new ShapeError(
      `scan: the carry's structure changes from {${before.paths.join(", ")}} to {${after.paths.join(", ")}}. Return the same keys in the same order.`,
    );
  }
  return after.leaves.map((leaf, i) => {
    const init = inits[i] as Tensor;
    const place = placeIn("scan: step's carry", after.paths[i] as string);
    if (typeof leaf === "number") requireFit(place, leaf, init.dtype);
    const next = typeof leaf === "number" ? constantOf({ shape: [], dtype: init.dtype }, leaf) : tensorAt(place, leaf);
    if (!sameShape(next.shape, init.shape) || next.dtype !== init.dtype) {
      throw new ShapeError(
        `scan: carry${before.paths[i] ? `.${before.paths[i]}` : ""} starts as ${typeText(init)} but step returns ${typeText(next)}. ` +
          "Make the initial value of that type (broadcast, cast), or return it unchanged in shape.",
        { path: before.paths[i], expected: typeText(init), received: typeText(next) },
      );
    }
    return next;
  });
}

/**
 * A reverse scan. The forward scan runs with extra ys for what the backward steps read (its residuals); where the
 * original scan is used too, the pass mergeScans makes one of both. Cotangents of captures add up in carries.
 */
function scanVjp(inputs: readonly Tensor[], params: ScanParams, dys: readonly (Tensor | null)[]): (Tensor | null)[] {
  const { body, length } = params;
  const outer = splitInputs(inputs, params);
  const inner = splitInputs(body.inputs, params);
  // Copies, so that two captures of one tensor stay apart and their own history is out of sight.
  const captures = outer.captures.map((capture) => identity(capture));
  const forwardScope = nextId();
  const carry = placeholders(inner.carries, forwardScope);
  const x = placeholders(inner.xs, forwardScope);
  const outputs = replay(body, [...captures, ...carry, ...x]);

  const usedYs = dys.flatMap((dy, i) => (dy && i >= params.carries ? [i] : []));
  const nextCarry = outputs.slice(0, params.carries);
  const y = usedYs.map((i) => outputs[i] as Tensor);
  const backwardScope = nextId();
  const dNext = placeholders(nextCarry, backwardScope);
  const sums = placeholders(captures, backwardScope);
  const dY = placeholders(y, backwardScope);
  const grads = backpropagate([...nextCarry, ...y], [...dNext, ...dY], [...carry, ...captures, ...x]);
  const {
    captures: dCaptures,
    carries: dCarry,
    xs: dX,
  } = splitInputs(
    [
      ...grads.slice(carry.length, carry.length + captures.length),
      ...grads.slice(0, carry.length),
      ...grads.slice(carry.length + captures.length),
    ],
    params,
  );
  const backwardOutputs = [
    ...dCarry.map((d, i) => d ?? constantOf(carry[i] as Tensor, 0)),
    ...dCaptures.map((d, i) => (d ? add(sums[i] as Tensor, d) : (sums[i] as Tensor))),
    ...dX.map((d, i) => d ?? constantOf(x[i] as Tensor, 0)),
  ];

  const residuals = residualsOf(backwardOutputs, forwardScope, backwardScope);
  const { kept } = residuals;
  const saved = kept.filter((tensor) => !x.includes(tensor));
  const augmented = closeOver([...carry, ...x], [...outputs, ...saved], forwardScope);
  const forward = applyOp(scanOp, [...augmented.captures, ...outer.carries, ...outer.xs], {
    ...params,
    body: augmented.program,
    captures: augmented.captures.length,
  });
  const stacks = kept.map((tensor) => {
    const isX = x.indexOf(tensor);
    return (isX >= 0 ? outer.xs[isX] : forward[outputs.length + saved.indexOf(tensor)]) as Tensor;
  });

  const given = [...dNext, ...sums, ...dY];
  const step = closeOver([...given, ...residuals.all], backwardOutputs, backwardScope);
  const scope = nextId();
  const ph = placeholders([...given, ...kept], scope);
  const inside = [...ph.slice(0, given.length), ...residuals.from(ph.slice(given.length))];
  const backward = closeOver(ph, replay(step.program, [...step.captures, ...inside]), scope);
  const dLast = carry.map((tensor, i) => dys[i] ?? constantOf(tensor, 0));
  const zeros = captures.map((capture) => constantOf(capture, 0));
  const results = applyOp(
    scanOp,
    [...backward.captures, ...dLast, ...zeros, ...usedYs.map((i) => dys[i] as Tensor), ...stacks],
    {
      body: backward.program,
      captures: backward.captures.length,
      carries: carry.length + captures.length,
      length,
      reverse: !params.reverse,
    },
  );
  const floats = (tensors: readonly Tensor[], of: readonly Tensor[]) =>
    tensors.map((t, i) => (isFloat((of[i] as Tensor).dtype) ? t : null));
  return [
    ...floats(results.slice(carry.length, carry.length + captures.length), captures),
    ...floats(results.slice(0, carry.length), carry),
    ...floats(results.slice(carry.length + captures.length), x),
  ];
}

/**
 * The scan over values with a new axis: which carries it reaches is found by running the body until nothing changes.
 */
function batchScan(inputs: readonly Tensor[], batched: readonly boolean[], params: ScanParams, size: Dim): Tensor[] {
  const { body } = params;
  const outer = splitInputs(inputs, params);
  const flags = splitInputs(batched, params);
  const inner = splitInputs(body.inputs, params);
  const withAxis = (types: readonly Type[], on: readonly boolean[]) =>
    types.map(({ shape, dtype }, i) => ({ shape: on[i] ? [size, ...shape] : shape, dtype }));
  const run = (carryFlags: readonly boolean[]) => {
    const ph = placeholders([
      ...outer.captures,
      ...withAxis(inner.carries, carryFlags),
      ...withAxis(inner.xs, flags.xs),
    ]);
    return { ph, ...batchProgram(body, ph, [...flags.captures, ...carryFlags, ...flags.xs], size) };
  };
  let carryFlags: readonly boolean[] = flags.carries;
  let result = run(carryFlags);
  for (;;) {
    const next = carryFlags.map((flag, i) => flag || (result.batched[i] as boolean));
    if (next.every((flag, i) => flag === carryFlags[i])) break;
    carryFlags = next;
    result = run(carryFlags);
  }
  const lift = (tensor: Tensor) => broadcast(tensor, [size, ...tensor.shape]);
  const bodyOutputs = result.outputs.map((output, i) =>
    i < params.carries && carryFlags[i] && !result.batched[i] ? lift(output) : output,
  );
  const results = applyOp(
    scanOp,
    [
      ...outer.captures,
      ...outer.carries.map((carry, i) => (carryFlags[i] && !flags.carries[i] ? lift(carry) : carry)),
      ...outer.xs.map((x, i) => (flags.xs[i] ? moveAxis(x, { axis: 0, to: 1 }) : x)),
    ],
    { ...params, body: makeProgram(result.ph, bodyOutputs) },
  );
  return results.map((output, i) => {
    if (i < params.carries) return carryFlags[i] ? output : lift(output);
    return result.batched[i] ? moveAxis(output, { axis: 0, to: 1 }) : lift(output);
  });
}
