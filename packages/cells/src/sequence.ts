import { applyOp, defineComposite, type Op, type Tensor } from "@throughtime/core";
import type { RecurrentNoise } from "./recurrent-noise.js";
import { type SequenceOptions, type Unrolled, unrollSteps } from "./unroll.js";

/** What a sequence as one op says beside what its cell does. */
export interface SequenceParams {
  readonly reverse: boolean;
  /** The names of the weights among the inputs, in their order. */
  readonly weights: readonly string[];
  /** Whether the last input is lengths, i32 [B]. */
  readonly lengths: boolean;
}

type Named = Readonly<Record<string, Tensor>>;
type Step = (params: never, state: never, x: Tensor, noise?: RecurrentNoise) => [state: unknown, output: Tensor];

/** A standard cell over a whole sequence, as one op that a backend or an exporter may claim by its name. */
export interface Sequence<O extends object> {
  /**
   * Inputs xs [T, B, D], the leaves of the state [B, H], the weights that its params name, and lengths [B] where its params
   * say so; outputs [T, B, H] and the leaves of the last state.
   */
  readonly op: Op<O & SequenceParams>;
  run<P extends object, S extends object>(
    own: O,
    params: P,
    xs: Tensor,
    options: SequenceOptions<S, unknown>,
  ): Unrolled<S>;
}

/** `state` and `weights`: every name that there may be, in the order of the inputs. `stepOf`: the cell's step. */
export function defineSequence<O extends object>(
  name: string,
  state: readonly string[],
  weights: readonly string[],
  stepOf: (own: O) => Step,
): Sequence<O> {
  const op = defineComposite<O & SequenceParams>({
    name,
    lower(inputs, params) {
      const [xs, ...rest] = inputs as readonly [Tensor, ...Tensor[]];
      const step = stepOf(params) as unknown as (p: Named, s: Named, x: Tensor) => [Named, Tensor];
      const lengths = params.lengths ? { lengths: rest.at(-1) as Tensor } : {};
      const options = { state: named(state, rest), reverse: params.reverse, ...lengths };
      const unrolled = unrollSteps({ step }, named(params.weights, rest.slice(state.length)), xs, options);
      return [unrolled.outputs, ...state.map((leaf) => unrolled.state[leaf] as Tensor)];
    },
  });
  return {
    op,
    run(own, params, xs, { state: given, reverse = false, lengths }) {
      const all = params as unknown as Named;
      const names = weights.filter((weight) => all[weight] !== undefined);
      const inputs = [
        ...[xs, ...state.map((leaf) => (given as unknown as Named)[leaf] as Tensor)],
        ...[...names.map((weight) => all[weight] as Tensor), ...(lengths ? [lengths] : [])],
      ];
      const rest = { ...own, reverse, weights: names, lengths: lengths !== undefined };
      const [outputs, ...last] = applyOp(op, inputs, rest) as readonly [Tensor, ...Tensor[]];
      return { outputs, state: named(state, last) as typeof given };
    },
  };
}

const named = (names: readonly string[], tensors: readonly Tensor[]): Named =>
  Object.fromEntries(names.map((name, i) => [name, tensors[i] as Tensor]));
