import {
  add,
  cast,
  compile,
  div,
  isTensor,
  isType,
  mapTree,
  mul,
  release,
  type Tensor,
  type Type,
  zerosArray,
} from "@throughtime/core";
import type { AnyTree } from "../trees.js";
import type { Measures, Stepper, StepState } from "./contract.js";
import { applyGradients, lossAndGradients } from "./gradients.js";
import { readScalars } from "./read.js";
import type { StepperOptions } from "./single.js";

interface Sums {
  readonly grads: AnyTree;
  readonly carry: AnyTree;
}

interface Inputs {
  readonly batch: unknown;
  readonly noise: unknown;
  readonly units: Tensor;
}

/** What one micro-batch found out, on the backend. */
interface Micro {
  readonly measures: unknown;
  readonly units: number;
}

interface Finish {
  readonly learningRate: Tensor;
  readonly step: Tensor;
  readonly units: Tensor;
}

/**
 * A training step over several micro-batches, with the memory of one: one Program adds up gradients, weighted by units,
 * and one divides by all units, clips and updates. Where losses are means over units the gradient is that of one large
 * batch.
 */
export function accumulatingStepper(options: StepperOptions): Stepper {
  const { backend, loss, frozen, dims } = options;
  const collect = compile(
    backend,
    (sums: Sums, trained: AnyTree, fixed: AnyTree, { batch, noise, units }: Inputs) => {
      const [value, grads] = lossAndGradients(loss, trained, fixed, { batch, carry: sums.carry, noise });
      return {
        sums: { grads: addTrees(sums.grads, scale(grads, units)), carry: value.carry },
        measures: { loss: value.loss, metrics: value.metrics },
      };
    },
    { donate: 0, dims: [{ carry: dims?.carry }, null, null, { batch: dims?.batch, noise: dims?.noise }] },
  );
  const finish = compile(
    backend,
    (state: Omit<StepState, "carry">, sum: AnyTree, { units, ...now }: Finish) => {
      const mean = mapTree(sum, isTensor, (g) => div(g, cast(units, g.dtype)));
      const { gradientNorm, ...updated } = applyGradients(options, state, mean, now);
      return { state: updated, measures: { gradientNorm } };
    },
    { donate: [0, 1] },
  );
  const readAll = async (norm: unknown, parts: readonly Micro[]): Promise<Measures> => {
    const { gradientNorm } = await readScalars<Pick<Measures, "gradientNorm">>(backend, norm);
    const read = await Promise.all(parts.map(({ measures }) => readScalars<Part>(backend, measures)));
    const units = parts.map((part) => part.units);
    return { gradientNorm, ...weightedMean(read, units) };
  };
  return {
    async run({ trained, optimizer, carry: before }, items, now) {
      const total = items.reduce((sum, { units }) => sum + units, 0);
      const parts: Micro[] = [];
      let sums: Sums = { grads: mapTree(trained, isType, zerosOf), carry: before };
      try {
        for (const { batch, noise, units, reset } of items) {
          if (reset) release(backend, sums.carry);
          const given = reset ? { ...sums, carry: options.carry } : sums;
          const result = await collect(given, trained, frozen, { batch, noise, units });
          sums = result.sums;
          parts.push({ measures: result.measures, units });
        }
        const { carry } = sums;
        const { state, measures } = await finish({ trained, optimizer }, sums.grads, { ...now, units: total });
        return { state: { ...state, carry }, read: () => readAll(measures, parts) };
      } catch (error) {
        release(backend, [sums, parts]);
        throw error;
      }
    },
    stats: () => [...collect.stats(), ...finish.stats()],
    release() {
      collect.release();
      finish.release();
    },
  };
}

export type Part = Omit<Measures, "gradientNorm">;

/** The mean of losses and metrics, each weighted. */
export function weightedMean(parts: readonly Part[], weights: readonly number[]): Part {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (part: Part) => number) =>
    parts.reduce((sum, part, i) => sum + of(part) * (weights[i] as number), 0) / total;
  const names = Object.keys(parts[0]?.metrics ?? {});
  return {
    loss: mean(({ loss }) => loss),
    metrics: Object.fromEntries(names.map((name) => [name, mean(({ metrics }) => metrics[name] as number)])),
  };
}

const zerosOf = ({ shape, dtype }: Type) => zerosArray(shape as readonly number[], dtype);

const scale = (tree: AnyTree, by: Tensor): AnyTree =>
  mapTree(tree, isTensor, (leaf) => mul(leaf, cast(by, leaf.dtype)));

function addTrees(a: AnyTree, b: AnyTree): AnyTree {
  if (isTensor(a)) return add(a, b as Tensor);
  if (Array.isArray(a)) return a.map((item, i) => addTrees(item, (b as unknown[])[i]));
  const other = b as Record<string, unknown>;
  return Object.fromEntries(Object.entries(a as object).map(([key, item]) => [key, addTrees(item, other[key])]));
}
