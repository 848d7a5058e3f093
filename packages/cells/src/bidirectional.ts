import { add, concat, OptionError, optionsOf, splitKey, type Tensor, type Tree } from "@throughtime/core";
import { requireOneOf } from "@throughtime/nn";
import type { Cell, SequenceCell } from "./cell.js";
import type { NoiseSource } from "./noise.js";
import { requireCell, unrollWith } from "./unroll.js";

/** One of each for the two directions. */
export type Both<F, B = F> = { forward: F; backward: B };

export interface BidirectionalOptions<PF, SF, NF, PB, SB, NB> {
  /** Reads from the first x to the last. */
  readonly forward: Cell<PF, SF, NF>;
  /** Reads from the last x to the first: from each sequence's own end, where there are lengths. */
  readonly backward: Cell<PB, SB, NB>;
  /** "concat" (default): [forward, backward] along the last axis. "sum": their sum, for equal outputSizes. */
  readonly merge?: "concat" | "sum";
}

/**
 * Two cells over one sequence, one in each direction: the output at t has seen all of it. Schuster & Paliwal 1997,
 * "Bidirectional recurrent neural networks".
 *
 *     y_t = [h→_t ; h←_t]   or   h→_t + h←_t
 *
 * Parameters, state and noise are { forward, backward }; the last state of backward is the one after the first x. It has no
 * single step. With `reverse`, each cell reads in the other direction. Throws OptionError where the inputSizes differ, or for
 * "sum" the outputSizes.
 *
 * @example bidirectional({ forward: gru({ inputSize: 64, hiddenSize: 128 }), backward: gru({ inputSize: 64, hiddenSize: 128 }) })
 */
export function bidirectional<PF, SF, NF, PB, SB, NB>(
  options: BidirectionalOptions<PF, SF, NF, PB, SB, NB>,
): SequenceCell<Both<PF, PB>, Both<SF, SB>, Both<NF, NB>> {
  const { forward, backward, merge = "concat" } = optionsOf("bidirectional", options, "forward", "backward", "merge");
  requireCell("bidirectional: forward", forward);
  requireCell("bidirectional: backward", backward);
  requireOneOf("bidirectional", { merge }, ["concat", "sum"]);
  for (const size of merge === "sum" ? (["inputSize", "outputSize"] as const) : (["inputSize"] as const)) {
    if (forward[size] !== backward[size]) {
      throw new OptionError(
        `bidirectional: ${forward.name} forward has ${size} ${forward[size]}, but ${backward.name} backward has ${backward[size]}. Build both with the same ${size}${size === "outputSize" ? ', or merge with "concat"' : ""}.`,
        { forward: forward[size], backward: backward[size] },
      );
    }
  }
  const noise: Tree<NoiseSource> = { forward: forward.noise ?? {}, backward: backward.noise ?? {} };
  const join = (f: Tensor, b: Tensor) => (merge === "sum" ? add(f, b) : concat([f, b], { axis: -1 }));
  return {
    name: `bidirectional(${forward.name}, ${backward.name})`,
    inputSize: forward.inputSize,
    outputSize: merge === "sum" ? forward.outputSize : forward.outputSize + backward.outputSize,
    ...(forward.noise || backward.noise ? { noise } : {}),
    ...(forward.layout && backward.layout
      ? { layout: { kind: "bidirectional", forward: forward.layout, backward: backward.layout } }
      : {}),
    init(key) {
      const [kf, kb] = splitKey(key);
      return { forward: forward.init(kf), backward: backward.init(kb) } as ReturnType<
        SequenceCell<Both<PF, PB>, Both<SF, SB>, Both<NF, NB>>["init"]
      >;
    },
    initialState: (batch) => ({ forward: forward.initialState(batch), backward: backward.initialState(batch) }),
    unroll(params, xs, { state, noise: given, reverse = false, ...rest }) {
      const one = { ...rest, state: state.forward, reverse, noise: given?.forward };
      const other = { ...rest, state: state.backward, reverse: !reverse, noise: given?.backward };
      const f = unrollWith(forward, params.forward, xs, one);
      const b = unrollWith(backward, params.backward, xs, other);
      return { outputs: join(f.outputs, b.outputs), state: { forward: f.state, backward: b.state } };
    },
  };
}
