import { foldIn, type NdArray, OptionError, optionsOf, quote, type Tensor, zeros } from "@throughtime/core";
import {
  glorotUniform,
  type Initializer,
  orthogonal,
  perGate,
  requireInitializers,
  requireOneOf,
  requireParams,
  requirePositive,
  zerosInitializer,
} from "@throughtime/nn";
import type { Cell, HostTree } from "./cell.js";
import type { Biases } from "./layout.js";
import type { RecurrentNoise } from "./recurrent-noise.js";
import { runSequence, type SequenceOp } from "./sequence.js";
import { unrollSteps } from "./unroll.js";

/** The parameters of every gated cell, with k gates: W [D, kH], U [R, kH], b [kH], bh [kH]. R, the size of h, is H for most. */
export type GateParams = { W: Tensor; U: Tensor; b?: Tensor; bh?: Tensor };

/** The options of every gated cell. `P`: its parameters. */
export interface GatedCellOptions<P extends object = GateParams> {
  /** D: the size of one input. */
  readonly inputSize: number;
  /** H: the size of one gate. */
  readonly hiddenSize: number;
  /** How many biases there are. Default "one". */
  readonly biases?: Biases;
  /** How the parameters start. Default: W Glorot uniform and U orthogonal, each gate by itself; biases 0. */
  readonly initializers?: { readonly [K in keyof P]?: Initializer };
}

const COMMON = ["inputSize", "hiddenSize", "biases", "initializers"] as const;

/** A gated cell's options once they are checked, and its name. */
export type CheckedOptions<O extends GatedCellOptions> = O & { readonly name: string; readonly biases: Biases };

/**
 * Checks the options of a gated cell called `name`. `further`: the names of the options that other cells do not have.
 * Throws ArgumentError for an option that there is not, OptionError where a size is not positive or `biases` is none of its
 * values.
 */
export function cellOptions<O extends GatedCellOptions>(
  name: string,
  options: O,
  ...further: readonly (keyof O & string)[]
): CheckedOptions<O> {
  const { inputSize, hiddenSize, biases = "one" } = optionsOf(name, options, ...COMMON, ...further);
  requirePositive(name, { inputSize, hiddenSize });
  requireOneOf(name, { biases }, ["one", "two", "none"]);
  return { ...options, name, biases };
}

/** A parameter's shape and its default initializer. */
export interface Weight {
  readonly shape: readonly number[];
  readonly initializer: Initializer;
}

/** The sizes of a state's leaves by name. */
type StateSizes = { readonly h: number; readonly [name: string]: number };
/** Weights by name; undefined for one that a cell does not have with these options. */
type Weights = Readonly<Record<string, Weight | undefined>>;

/** The parameters of a gated cell with further weights W. Those that may be undefined are optional. */
export type GatedParams<W> = GateParams & { [K in keyof W as undefined extends W[K] ? never : K]: Tensor } & {
  [K in keyof W as undefined extends W[K] ? K : never]?: Tensor;
};
/** The state of a gated cell with these sizes. */
export type GatedState<Z> = { -readonly [K in keyof Z]: Tensor };

/** What distinguishes a gated cell from others. Z: the sizes of its state; W: its further weights. */
export interface GatedCell<Z extends StateSizes, W extends Weights> {
  /**
   * The names of the gates, in the order of their blocks of columns in W, U, b and bh. Put gates under the same function next
   * to each other: one call of it then serves them all.
   */
  readonly gates: readonly string[];
  /**
   * One step, as in `Cell`; the output is the next h. Products take `maskedState(h, noise)`, so that `dropout` can mask the
   * recurrent connections.
   */
  step(
    params: GatedParams<W>,
    state: GatedState<Z>,
    x: Tensor,
    noise?: RecurrentNoise,
  ): [state: GatedState<Z>, output: Tensor];
  /** The size of each leaf of the state. Default { h: hiddenSize }. */
  readonly state?: Z;
  /** Further parameters; undefined for one that the cell does not have with these options. */
  readonly weights?: W;
  /** Added to the first value of b, gate by gate: { f: 1 }. Default: nothing. */
  readonly biasShift?: Readonly<Record<string, number>>;
  /** What else the step depends on, such as { reset: "after" }: for `layout`, and for the params of `sequence`. */
  readonly variant?: Readonly<Record<string, string>>;
  /** The cell over a whole sequence as one op, from `defineSequence`. Default: none; `unroll` is the loop over its steps. */
  readonly sequence?: SequenceOp<never> | undefined;
}

/**
 * Makes a cell with fused gates from its gates and its step. It adds the parameters and their initializers, the state, dropout of the
 * recurrent connections, the layout and, where one is given, the op of a whole sequence. `rnn`, `lstm` and `gru` are made by it.
 * Throws OptionError where there is no gate, a size of the state is not positive, or an initializer or a shift is for a parameter or
 * gate that the cell does not have.
 *
 * @example
 * // Zhou et al. 2016, "Minimal gated unit for recurrent neural networks".
 * const mgu = (options: GatedCellOptions) =>
 *   gatedCell(cellOptions("mgu", options), {
 *     gates: ["f", "n"],
 *     step({ W, U, b, bh }, { h }, x, noise) {
 *       const hm = maskedState(h, noise);
 *       const [xf, xn] = split(plus(matmul(x, W), b, bh), 2); // each [B, H]
 *       const [Uf, Un] = split(U, 2); // each [H, H]
 *       const f = sigmoid(add(xf, matmul(hm, Uf)));
 *       const n = tanh(add(xn, matmul(mul(f, hm), Un)));
 *       const hNext = add(mul(sub(1, f), h), mul(f, n));
 *       return [{ h: hNext }, hNext];
 *     },
 *   });
 */
export function gatedCell<
  Z extends StateSizes = { readonly h: number },
  W extends Weights = Readonly<Record<never, never>>,
>(
  options: CheckedOptions<GatedCellOptions>,
  definition: GatedCell<Z, W>,
): Cell<GatedParams<W>, GatedState<Z>, RecurrentNoise> {
  const { name, inputSize, hiddenSize, biases } = options;
  const { gates, step, variant = {}, sequence } = definition;
  const sizes: Readonly<Record<string, number>> = definition.state ?? { h: hiddenSize };
  const outputSize = sizes.h as number;
  requirePositive(name, { ...sizes, h: outputSize });
  const weights = weightsOf(options, definition, outputSize);
  const present = weights.filter(([, weight]) => weight !== undefined) as [string, Weight][];
  const names = present.map(([key]) => key);
  const initializers: Readonly<Record<string, Initializer | undefined>> = options.initializers ?? {};
  requireInitializers(name, initializers, names);
  const shift = shiftOf(name, definition);
  return {
    name,
    inputSize,
    outputSize,
    stateMaskSize: outputSize,
    layout: {
      ...{ kind: "gated", cell: name, inputSize, hiddenSize, outputSize, gates, biases, variant },
      shapes: Object.fromEntries(present.map(([key, { shape }]) => [key, shape])),
    },
    // A parameter's key is that of its place among all that there may be: leaving one out changes no other's values.
    init: (key) =>
      Object.fromEntries(
        weights.flatMap(([name, weight], i) => {
          if (weight === undefined) return [];
          const drawn = (initializers[name] ?? weight.initializer)(foldIn(key, i), weight.shape);
          return [[name, name === "b" ? shift(drawn) : drawn]];
        }),
      ) as HostTree<GatedParams<W>>,
    initialState: (batch) =>
      Object.fromEntries(Object.entries(sizes).map(([leaf, size]) => [leaf, zeros([batch, size])])) as GatedState<Z>,
    step: (params, ...rest) => step(requireParams(name, params, names), ...rest),
    unroll(params, xs, unrolling) {
      requireParams(name, params, names);
      if (!sequence || unrolling.noise?.h) return unrollSteps({ step }, params, xs, unrolling);
      return runSequence(sequence, { gates, weights: names, ...variant }, params, xs, unrolling);
    },
  };
}

/** All parameters that the cell may have, in order; undefined for those that its options leave out. */
function weightsOf(
  { inputSize, hiddenSize: H, biases }: CheckedOptions<GatedCellOptions>,
  { gates, weights = {} }: { readonly gates: readonly string[]; readonly weights?: Weights },
  outputSize: number,
): [name: string, weight: Weight | undefined][] {
  const columns = gates.length * H;
  // A single gate's matrix is drawn as a whole, from the parameter's own key.
  const eachGate = (initializer: Initializer) =>
    gates.length === 1 ? initializer : perGate(initializer, gates.length);
  const bias = { shape: [columns], initializer: zerosInitializer() };
  return Object.entries<Weight | undefined>({
    W: { shape: [inputSize, columns], initializer: eachGate(glorotUniform()) },
    U: { shape: [outputSize, columns], initializer: eachGate(orthogonal()) },
    b: biases === "none" ? undefined : bias,
    bh: biases === "two" ? bias : undefined,
    ...weights,
  });
}

/** Adds to a fused bias what its gates are shifted by. */
function shiftOf(
  name: string,
  {
    gates,
    biasShift = {},
  }: { readonly gates: readonly string[]; readonly biasShift?: Readonly<Record<string, number>> },
): (bias: NdArray) => NdArray {
  if (gates.length === 0) throw new OptionError(`${name}: the cell has no gates. Name at least one.`);
  const unknown = Object.keys(biasShift).find((gate) => !gates.includes(gate));
  if (unknown !== undefined) {
    throw new OptionError(`${name}: biasShift has ${quote(unknown)}, but the gates are ${gates.join(", ")}.`, {
      gates,
    });
  }
  return ({ data, ...rest }) => {
    const gateSize = data.length / gates.length;
    const shifts = gates.map((gate) => biasShift[gate] ?? 0);
    return { ...rest, data: Float32Array.from(data, (x, k) => x + (shifts[Math.floor(k / gateSize)] as number)) };
  };
}
