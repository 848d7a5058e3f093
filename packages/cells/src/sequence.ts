import { applyOp, defineComposite, type Op, type Tensor } from "@throughtime/core";
import { type SequenceOptions, type Unrolled, unrollSteps } from "./unroll.js";

/**
 * What the op of a whole sequence says of itself. Its inputs are xs [T, B, D], the leaves of the state, the weights, and the
 * lengths i32 [B] where there are any; its outputs are those of all steps, [T, B, R], and the leaves of the last state.
 */
export interface SequenceParams {
  /** The order of the gates' blocks of columns in W and U, and of their parts of b and bh. */
  readonly gates: readonly string[];
  /** The names of the state's leaves, in the order of the inputs. */
  readonly state: readonly string[];
  /** The names of the weights, in the order of the inputs. */
  readonly weights: readonly string[];
  /** Whether the last input is lengths. */
  readonly lengths: boolean;
  readonly reverse: boolean;
}

/** A cell over a whole sequence as one op. `V`: what else its equations depend on, such as { reset: "after" }. */
export type SequenceOp<V extends object = object> = Op<V & SequenceParams>;

type Named = Readonly<Record<string, Tensor>>;
type Step = (params: never, state: never, x: Tensor) => [state: object, output: Tensor];

/**
 * Declares a cell over a whole sequence as one op, which a backend or an exporter may claim by its name and run as an operator of its
 * own. For everyone else it is the loop over the cell's steps. Declare it once, beside the cell.
 *
 * @example const mguSequenceOp = defineSequence("mguSequence", () => mguStep);
 */
export const defineSequence = <V extends object = object>(name: string, stepOf: (variant: V) => Step): SequenceOp<V> =>
  defineComposite<V & SequenceParams>({
    name,
    lower(inputs, params) {
      const [xs, ...rest] = inputs as readonly [Tensor, ...Tensor[]];
      const step = stepOf(params) as unknown as (p: Named, s: Named, x: Tensor) => [Named, Tensor];
      const lengths = params.lengths ? { lengths: rest.at(-1) as Tensor } : {};
      const options = { state: named(params.state, rest), reverse: params.reverse, ...lengths };
      const weights = named(params.weights, rest.slice(params.state.length));
      const unrolled = unrollSteps({ step }, weights, xs, options);
      return [unrolled.outputs, ...params.state.map((leaf) => unrolled.state[leaf] as Tensor)];
    },
  });

/** Applies a sequence's op to a cell's parameters. `own`: what its params say beside what is read off here. */
export function runSequence<S extends object>(
  op: SequenceOp<never>,
  own: Pick<SequenceParams, "gates" | "weights">,
  params: object,
  xs: Tensor,
  { state: given, reverse = false, lengths }: SequenceOptions<S, unknown>,
): Unrolled<S> {
  const [weights, leaves] = [params as Named, given as Named];
  const state = Object.keys(leaves);
  const inputs = [
    ...[xs, ...state.map((leaf) => leaves[leaf] as Tensor)],
    ...[...own.weights.map((name) => weights[name] as Tensor), ...(lengths ? [lengths] : [])],
  ];
  const all = { ...own, state, reverse, lengths: lengths !== undefined };
  const [outputs, ...last] = applyOp(op as unknown as SequenceOp, inputs, all) as readonly [Tensor, ...Tensor[]];
  return { outputs, state: named(state, last) as S };
}

const named = (names: readonly string[], tensors: readonly Tensor[]): Named =>
  Object.fromEntries(names.map((name, i) => [name, tensors[i] as Tensor]));
