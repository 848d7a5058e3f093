import { addDim, type Dim } from "../dim.js";
import { broadcast } from "../ops/broadcast.js";
import { concat } from "../ops/concat.js";
import { expandDims, reshape } from "../ops/reshape.js";
import { slice } from "../ops/slice.js";
import { sum } from "../ops/sum.js";
import { rebuild } from "../program.js";
import { type ScanParams, splitInputs } from "../scan.js";
import type { Node, Tensor } from "../tensor.js";
import { batchNode } from "../vmap.js";
import type { ScanNode } from "./analysis.js";

/** Values of the body for all steps at once. */
export class Stacks {
  readonly #values = new Map<Tensor, Value>();
  readonly #length: Dim;

  constructor(node: ScanNode) {
    this.#length = node.params.length;
    const outer = splitInputs(node.inputs, node.params);
    const inner = splitInputs(node.params.body.inputs, node.params);
    inner.captures.forEach((input, i) =>
      this.#values.set(input, { tensor: outer.captures[i] as Tensor, stacked: false }),
    );
    inner.xs.forEach((input, i) => this.set(input, outer.xs[i] as Tensor));
  }

  set(tensor: Tensor, stack: Tensor): void {
    this.#values.set(tensor, { tensor: stack, stacked: true });
  }

  /** The value at every step: with a leading axis, or without where all steps have the same. */
  value(tensor: Tensor): Value {
    const pending = [tensor];
    for (let next = pending.at(-1); next; next = pending.at(-1)) {
      const missing = this.#values.has(next) ? [] : next.node.inputs.filter((input) => !this.#values.has(input));
      if (missing.length > 0) for (const input of missing) pending.push(input);
      else {
        pending.pop();
        if (!this.#values.has(next)) this.#compute(next.node);
      }
    }
    return this.#values.get(tensor) as Value;
  }

  of(tensor: Tensor): Tensor {
    const { tensor: value, stacked } = this.value(tensor);
    return stacked ? value : broadcast(value, [this.#length, ...value.shape]);
  }

  #compute(node: Node): void {
    const inputs = node.inputs.map((input) => this.#values.get(input) as Value);
    const tensors = inputs.map(({ tensor }) => tensor);
    const flags = inputs.map(({ stacked }) => stacked);
    const stacked = flags.includes(true);
    const outputs = stacked ? batchNode(node, tensors, flags, this.#length) : rebuild(node, tensors);
    node.outputs.forEach((output, i) => this.#values.set(output, { tensor: outputs[i] as Tensor, stacked }));
  }

  /** Σ over all steps; as one op where the value's op knows how. */
  sum(tensor: Tensor, made: ReadonlySet<Node>): Tensor {
    const { node } = tensor;
    if (node.op.sumBatch && !made.has(node)) {
      const inputs = node.inputs.map((input) => this.value(input));
      const flags = inputs.map(({ stacked }) => stacked);
      const total = flags.includes(true)
        ? node.op.sumBatch(
            inputs.map((input) => input.tensor),
            flags,
            node.params,
            this.#length,
          )
        : undefined;
      if (total) return total;
    }
    return sum(this.of(tensor), { axis: 0 });
  }
}

interface Value {
  readonly tensor: Tensor;
  /** Whether it has a leading axis of steps; without one it is the same at all of them. */
  readonly stacked: boolean;
}

/** The values that a carry has as each step begins, from those that it has after each step. */
export function shift(
  initial: Tensor,
  next: Tensor,
  { length, reverse }: ScanParams,
): { shifted: Tensor; last: Tensor } {
  const first = expandDims(initial, { axis: 0 });
  const all = reverse ? concat([next, first], { axis: 0 }) : concat([first, next], { axis: 0 });
  const [from, end] = reverse ? [0, 1] : [length, addDim(length, 1)];
  return {
    shifted: reverse
      ? slice(all, { axis: 0, start: 1, end: addDim(length, 1) })
      : slice(all, { axis: 0, start: 0, end: length }),
    last: reshape(slice(all, { axis: 0, start: from, end }), initial.shape),
  };
}
