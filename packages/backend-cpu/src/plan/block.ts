import type { NdArray, Node, Program, SliceParams, Tensor } from "@throughtime/core";
import { arrange } from "../passes/arrange.js";
import { clusters, type Unit } from "./clusters.js";
import { mapStep } from "./elementwise.js";
import { isConstant, isElementwise, isView, rootOf, sameElements, shapeOf } from "./kinds.js";
import type { Buffers } from "./memory.js";
import { RULES } from "./rules.js";
import type { Step } from "./steps.js";
import { broadcastView, isContiguous, type Loop, reshapeView, sliceView, transposeView, type View } from "./view.js";

/** What lowering one block (a Program or a scan's body) works with. */
export interface Block {
  readonly buffers: Buffers;
  readonly steps: Step[];
  newLoop(length: number, reverse: boolean): Loop;
  /** Where a value lies; it must have been computed, or be seen through views. */
  view(tensor: Tensor): View;
  /** The same in row-major order without gaps; copied where it is not. */
  contiguous(tensor: Tensor): View;
  /** Where a value is to be written: the first place that wants it, or one of its own. */
  place(tensor: Tensor, accepts?: (view: View) => boolean): View;
  /** Says that a value now lies in a view, and copies it to all other places that want it. */
  settle(tensor: Tensor, view: View): void;
  /** Places that want a value. */
  wanted(tensor: Tensor): readonly View[];
  copy(from: View, to: View): void;
}

/**
 * Lowers a Program's equations. `inputs` are where its inputs lie; `outputs` the places that want its outputs, which are
 * filled when the steps have run.
 */
export function lowerBlock(
  source: Program,
  inputs: readonly View[],
  outputs: readonly (readonly View[])[],
  buffers: Buffers,
  newLoop: Block["newLoop"],
): Step[] {
  const program = arrange(source);
  const steps: Step[] = [];
  const views = new Map<Tensor, View>(program.inputs.map((input, i) => [input, inputs[i] as View]));
  const wants = new Map<Tensor, View[]>();
  const { units, unitOf } = clusters(program);
  const own = (tensor: Tensor) => unitOf.has(tensor.node);
  const want = (tensor: Tensor, view: View): boolean => {
    const same = sameElements(tensor);
    if (!own(same)) return false;
    wants.set(same, [...(wants.get(same) ?? []), view]);
    return true;
  };
  const copy = (from: View, to: View): void => {
    steps.push(mapStep(buffers, to.shape, [[to, from]]));
  };
  const block: Block = {
    buffers,
    steps,
    newLoop,
    copy,
    view(tensor) {
      const known = views.get(tensor);
      if (known) return known;
      const view = isConstant(tensor.node) ? constantView(tensor, buffers) : throughView(tensor, block);
      views.set(tensor, view);
      return view;
    },
    contiguous(tensor) {
      const view = block.view(tensor);
      if (isContiguous(view)) return view;
      const whole = buffers.temporary(view.shape, view.dtype);
      copy(view, whole);
      return whole;
    },
    place(tensor, accepts = () => true) {
      const known = views.get(tensor);
      if (known) return known;
      const view = wants.get(tensor)?.find(accepts) ?? buffers.temporary(shapeOf(tensor), tensor.dtype);
      views.set(tensor, view);
      return view;
    },
    settle(tensor, view) {
      views.set(tensor, view);
      for (const other of wants.get(tensor) ?? []) if (other !== view) copy(view, other);
    },
    wanted: (tensor) => wants.get(tensor) ?? [],
  };

  const late = program.outputs.flatMap((output, i) =>
    (outputs[i] as readonly View[]).flatMap((view) => (want(output, view) ? [] : [{ output, view }])),
  );
  const handed = placeConcats(program, block, want);
  const needed = needsViews(program, unitOf, handed);
  for (const unit of units) {
    const [first] = unit.nodes as [Node];
    if (isElementwise(first)) lowerCluster(unit, block, needed, unitOf);
    else RULES[first.op.name]?.(first, block, handed);
  }
  for (const { output, view } of late) copy(block.view(output), view);
  return steps;
}

/** From the last to the first, so that a concat within a concat finds its place: its parts are written where they go. */
function placeConcats(
  program: Program,
  block: Block,
  want: (tensor: Tensor, view: View) => boolean,
): ReadonlySet<Tensor> {
  const handed = new Set<Tensor>();
  for (const node of [...program.equations].reverse()) {
    if (node.op.name !== "concat") continue;
    const { axis } = node.params as { axis: number };
    const whole = block.place(node.outputs[0] as Tensor);
    let start = 0;
    for (const input of node.inputs) {
      const end = start + (shapeOf(input)[axis] as number);
      if (want(input, sliceView(whole, axis, start, end))) handed.add(input);
      start = end;
    }
  }
  return handed;
}

/** The values that something reads from memory. */
function needsViews(
  program: Program,
  unitOf: ReadonlyMap<Node, Unit>,
  handed: ReadonlySet<Tensor>,
): ReadonlySet<Tensor> {
  const needed = new Set<Tensor>();
  for (const node of program.equations) {
    if (isView(node)) continue;
    for (const input of node.inputs) {
      const same = sameElements(input);
      const inline = isElementwise(node) && unitOf.get(same.node) === unitOf.get(node);
      const placed = node.op.name === "concat" && handed.has(input);
      if (!inline && !placed) needed.add(rootOf(input));
    }
  }
  for (const output of program.outputs) if (sameElements(output) !== rootOf(output)) needed.add(rootOf(output));
  return needed;
}

function lowerCluster(unit: Unit, block: Block, needed: ReadonlySet<Tensor>, unitOf: ReadonlyMap<Node, Unit>): void {
  const results = unit.nodes.map(({ outputs }) => outputs[0] as Tensor);
  const stores = results.flatMap((tensor): [View, Tensor][] => {
    const places = [...block.wanted(tensor)];
    if (needed.has(tensor)) {
      const view = block.place(tensor);
      if (!places.includes(view)) places.push(view);
    }
    return places.map((view) => [view, tensor]);
  });
  if (stores.length === 0) return;
  const inside = (tensor: Tensor) => {
    const same = sameElements(tensor);
    return unitOf.get(same.node) === unit ? same : undefined;
  };
  // Copies that views need come first, since asking for a view may write one.
  const step = mapStep(block.buffers, shapeOf(results[0] as Tensor), stores, { block, inside });
  block.steps.push(step);
}

function constantView({ node }: Tensor, buffers: Buffers): View {
  return buffers.constant(node.op.evaluate([], node.params) as NdArray);
}

function throughView(tensor: Tensor, block: Block): View {
  const { op, params, inputs } = tensor.node;
  const input = inputs[0] as Tensor;
  const from = block.view(input);
  const shape = shapeOf(tensor);
  switch (op.name) {
    case "slice": {
      const { axis, start, end } = params as SliceParams;
      return sliceView(from, axis, start as number, end as number);
    }
    case "transpose":
      return transposeView(from, (params as { permutation: readonly number[] }).permutation);
    case "broadcast":
      return broadcastView(from, shape);
    case "reshape":
      return reshapeView(from, shape) ?? (reshapeView(block.contiguous(input), shape) as View);
    default:
      return from;
  }
}
