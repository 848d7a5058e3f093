import {
  type MatmulParams,
  type Node,
  type PadParams,
  type ReductionParams,
  type ScanParams,
  splitInputs,
  splitOutputs,
  type Tensor,
} from "@throughtime/core";
import { CONVOLUTION_RULES } from "../convolution/rules.js";
import { type Block, lowerBlock } from "./block.js";
import { carriesInPlace } from "./carries.js";
import { mapStep } from "./elementwise.js";
import { hoistPacks } from "./hoist.js";
import { shapeOf } from "./kinds.js";
import { tileOf } from "./panels.js";
import { withoutIdlePacks } from "./unpack.js";
import { isContiguous, rowMajor, sliceView, stepView, transposeView, type View } from "./view.js";

/** Lowers an equation. `handed`: what is written where a concat puts it. */
export type Rule = (node: Node, block: Block, handed: ReadonlySet<Tensor>) => void;

const operand = (node: Node, i: number): Tensor => node.inputs[i] as Tensor;
const result = (node: Node): Tensor => node.outputs[0] as Tensor;

const concat: Rule = (node, block, handed) => {
  const { axis } = node.params as { axis: number };
  const whole = block.place(result(node));
  let start = 0;
  for (const input of node.inputs) {
    const end = start + (shapeOf(input)[axis] as number);
    if (!handed.has(input)) block.copy(block.view(input), sliceView(whole, axis, start, end));
    start = end;
  }
  block.settle(result(node), whole);
};

const pad: Rule = (node, block) => {
  const { axis, before, value } = node.params as PadParams;
  const x = operand(node, 0);
  const whole = block.place(result(node));
  const total = shapeOf(result(node))[axis] as number;
  const start = before as number;
  const end = start + (shapeOf(x)[axis] as number);
  const filler = block.buffers.constant({
    data: x.dtype === "f32" ? Float32Array.of(value) : x.dtype === "i32" ? Int32Array.of(value) : Uint8Array.of(value),
    shape: [],
    dtype: x.dtype,
  });
  for (const [from, to] of [
    [0, start],
    [end, total],
  ] as const) {
    if (to > from) block.copy(filler, sliceView(whole, axis, from, to));
  }
  block.copy(block.view(x), sliceView(whole, axis, start, end));
  block.settle(result(node), whole);
};

const reduce: Rule = (node, block) => {
  const { axis: axes } = node.params as ReductionParams;
  const x = block.view(operand(node, 0));
  const kept = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const from = transposeView(x, [...kept, ...axes]);
  const to = block.place(result(node), isContiguous);
  const flat = { ...to, shape: kept.map((axis) => x.shape[axis] as number) };
  block.steps.push({
    kind: "reduce",
    op: node.op.name as "sum" | "max",
    from,
    to: { ...flat, strides: rowMajor(flat.shape) },
    reduced: axes.length,
  });
  block.settle(result(node), to);
};

const argmax: Rule = (node, block) => {
  const { axis } = node.params as { axis: number };
  const x = block.view(operand(node, 0));
  const rest = x.shape.flatMap((_, i) => (i === axis ? [] : [i]));
  const to = block.place(result(node));
  block.steps.push({ kind: "argmax", from: transposeView(x, [...rest, axis]), to });
  block.settle(result(node), to);
};

const turned = (view: View, transposed: boolean): View => {
  const rank = view.shape.length;
  if (!transposed) return view;
  return transposeView(view, [...view.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2));
};

const matmul: Rule = (node, block) => {
  const { transposeA, transposeB } = node.params as MatmulParams;
  const a = turned(block.view(operand(node, 0)), transposeA);
  const b = turned(block.view(operand(node, 1)), transposeB);
  const to = block.place(result(node), ({ shape, strides }) => strides.at(-1) === 1 || shape.at(-1) === 1);
  const [m, k, p] = [to.shape.at(-2), a.shape.at(-1), to.shape.at(-1)] as [number, number, number];
  const { vectors } = tileOf(m);
  const panels = block.buffers.temporary(
    [...to.shape.slice(0, -2), Math.ceil(p / (4 * vectors)), k, 4 * vectors],
    "f32",
  );
  block.steps.push({ kind: "pack", from: b, to: panels, vectors });
  block.steps.push({ kind: "matmul", a, b: panels, to, vectors, packed: true });
  block.settle(result(node), to);
};

const gather: Rule = (node, block) => {
  const from = block.contiguous(operand(node, 0));
  const indices = block.contiguous(operand(node, 1));
  const to = block.place(result(node), isContiguous);
  block.steps.push({ kind: "gather", from, indices, to });
  block.settle(result(node), to);
};

const scatterAdd: Rule = (node, block) => {
  const indices = block.contiguous(operand(node, 1));
  const updates = block.contiguous(operand(node, 2));
  const to = block.place(result(node), isContiguous);
  block.copy(block.view(operand(node, 0)), to);
  block.steps.push({ kind: "scatter", to, indices, updates });
  block.settle(result(node), to);
};

const scan: Rule = (node, block) => {
  const params = node.params as ScanParams;
  const { buffers } = block;
  const loop = block.newLoop(params.length as number, params.reverse);
  const inputs = splitInputs(
    node.inputs.map((input) => block.view(input)),
    params,
  );
  const outputs = splitOutputs(node.outputs, params);
  const state = outputs.carries.map((carry) => block.place(carry, isContiguous));
  state.forEach((view, i) => block.copy(inputs.carries[i] as View, view));
  const ys = outputs.ys.map((y) => block.place(y));
  if (loop.length > 0) {
    const next = state.map(({ shape, dtype }) => buffers.temporary(shape, dtype));
    const body = lowerBlock(
      params.body,
      [...inputs.captures, ...state, ...inputs.xs.map((x) => stepView(x, loop))],
      [...next.map((view) => [view]), ...ys.map((y) => [stepView(y, loop)])],
      buffers,
      block.newLoop,
    );
    const { before, inside } = hoistPacks(body, loop, state, buffers);
    // First, since what is not packed is read later, and may be a carry.
    const turn = withoutIdlePacks(inside);
    next.forEach((view, i) => {
      const target = state[i] as View;
      if (carriesInPlace(turn, view.buffer, target)) buffers.alias(view.buffer, target.buffer);
      else turn.push(mapStep(buffers, target.shape, [[target, view]]));
    });
    for (const step of before) block.steps.push(step);
    block.steps.push({ kind: "loop", loop, body: turn });
  }
  node.outputs.forEach((output, i) => block.settle(output, [...state, ...ys][i] as View));
};

/** Rules by the names of ops. */
export type Rules = Readonly<Record<string, Rule>>;

/** One rule per op that is neither elementwise nor a view nor a constant. */
export const RULES: Rules = {
  ...CONVOLUTION_RULES,
  argmax,
  concat,
  gather,
  matmul,
  max: reduce,
  pad,
  scan,
  scatterAdd,
  sum: reduce,
};
