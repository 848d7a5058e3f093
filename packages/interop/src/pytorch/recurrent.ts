import { CheckpointError, type NdArray, OptionError, zerosArray } from "@throughtime/core";
import { blocks, type NamedTensors, plus, take, transposed } from "./tensors.js";

/** A recurrent module of PyTorch and the cell that computes the same. */
export interface Module {
  /** For messages: "nn.LSTM". */
  readonly name: string;
  /** The gates in PyTorch's order, stacked along the first axis of its weights. */
  readonly theirs: readonly string[];
  /** The gates in the cell's order. */
  readonly ours: readonly string[];
  /** The gate whose recurrent bias stands apart from the input's, since a reset gate stands between them. */
  readonly apart?: string;
}

/** A layer's parameters as the cells have them. W: [D, kH]; U: [H, kH]; b: [kH]; bn: [H], for a gate with two biases. */
export interface LayerParams {
  readonly W: NdArray;
  readonly U: NdArray;
  readonly b: NdArray;
  readonly bn?: NdArray;
}

export interface StateDictOptions {
  /** What stands before the names: "encoder.rnn." for encoder.rnn.weight_ih_l0. Default "". */
  readonly prefix?: string;
}

export interface RecurrentImportOptions extends StateDictOptions {
  /** D of the first layer. Default: as the file says. */
  readonly inputSize?: number;
  /** H. Default: as the file says. */
  readonly hiddenSize?: number;
  /** How many layers there must be. Default: as many as there are. */
  readonly layers?: number;
}

/**
 * The parameters of every layer. Our weights are PyTorch's transposed, with the gates in another order; the two biases
 * are added up, but for those of the gate that keeps them apart. Throws CheckpointError, naming the tensor.
 */
export function readLayers(module: Module, tensors: NamedTensors, options: RecurrentImportOptions): LayerParams[] {
  const { prefix = "" } = options;
  const who = `${module.name} from PyTorch`;
  const layers = countLayers(module, tensors, options);
  const k = module.ours.length;
  const first = take(who, tensors, `${prefix}weight_hh_l0`, [null, null]);
  const H = options.hiddenSize ?? (first.shape[1] as number);
  return Array.from({ length: layers }, (_, layer) => {
    const named = (name: string) => `${prefix}${name}_l${layer}`;
    const D = layer === 0 ? (options.inputSize ?? null) : H;
    const W = take(who, tensors, named("weight_ih"), [k * H, D]);
    const U = take(who, tensors, named("weight_hh"), [k * H, H]);
    const hasBias = [named("bias_ih"), named("bias_hh")].some((name) => Object.hasOwn(tensors, name));
    const bias = (name: string) => (hasBias ? take(who, tensors, named(name), [k * H]) : zerosArray([k * H], W.dtype));
    return fromTheirs(module, { W, U, bi: bias("bias_ih"), bh: bias("bias_hh") }, H);
  });
}

/**
 * The tensors of a state_dict for layers of parameters. The merged bias becomes bias_ih; bias_hh is 0, but for the gate
 * that keeps its two apart. Throws OptionError for parameters that the module does not have.
 */
export function writeLayers(
  module: Module,
  layers: readonly LayerParams[],
  { prefix = "" }: StateDictOptions,
): Record<string, NdArray> {
  const out: Record<string, NdArray> = {};
  layers.forEach((params, layer) => {
    for (const [name, array] of Object.entries(toTheirs(module, params, layer)))
      out[`${prefix}${name}_l${layer}`] = array;
  });
  return out;
}

interface Theirs {
  readonly W: NdArray;
  readonly U: NdArray;
  readonly bi: NdArray;
  readonly bh: NdArray;
}

function fromTheirs({ ours, theirs, apart }: Module, { W, U, bi, bh }: Theirs, H: number): LayerParams {
  const order = ours.map((gate) => theirs.indexOf(gate));
  const merged = plus(bi, bh);
  const weights = { W: transposed(blocks(W, order)), U: transposed(blocks(U, order)) };
  if (apart === undefined) return { ...weights, b: blocks(merged, order) };
  const at = theirs.indexOf(apart) * H;
  merged.data.set(bi.data.subarray(at, at + H), at);
  return { ...weights, b: blocks(merged, order), bn: { ...bh, data: bh.data.slice(at, at + H), shape: [H] } };
}

function toTheirs({ name, ours, theirs, apart }: Module, params: LayerParams, layer: number) {
  const order = theirs.map((gate) => ours.indexOf(gate));
  const k = ours.length;
  const H = params.U.shape[0] as number;
  const expected = { W: [params.W.shape[0], k * H], U: [H, k * H], b: [k * H], ...(apart ? { bn: [H] } : {}) };
  for (const key of new Set([...Object.keys(expected), ...Object.keys(params)])) {
    const want = (expected as Record<string, readonly number[]>)[key];
    const has = (params as unknown as Record<string, NdArray | undefined>)[key]?.shape;
    if (String(want) !== String(has)) {
      const text = (shape: readonly number[] | undefined) => (shape ? `[${shape.join(", ")}]` : "nothing");
      throw new OptionError(
        `${name} to PyTorch: layer ${layer} has ${text(has)} as ${key}; ${name} with H = ${H} takes ${text(want)}.`,
        { layer, key, expected: want, received: has },
      );
    }
  }
  const zero = zerosArray([k * H], params.b.dtype);
  if (apart && params.bn) zero.data.set(params.bn.data, theirs.indexOf(apart) * H);
  return {
    weight_ih: blocks(transposed(params.W), order),
    weight_hh: blocks(transposed(params.U), order),
    bias_ih: blocks(params.b, order),
    bias_hh: zero,
  };
}

/** How many layers stand under the prefix; refuses what would otherwise be left out silently. */
function countLayers({ name }: Module, tensors: NamedTensors, { prefix = "", layers }: RecurrentImportOptions): number {
  const own = Object.keys(tensors).filter((key) => key.startsWith(prefix));
  const layerOf = (key: string) => /^(?:weight|bias)_(?:ih|hh)_l(\d+)$/.exec(key.slice(prefix.length))?.[1];
  const unsupported = own.find((key) =>
    /^(?:(?:weight|bias)_(?:ih|hh)_l\d+_reverse|weight_hr_l\d+\w*)$/.test(key.slice(prefix.length)),
  );
  if (unsupported !== undefined) {
    const kind = unsupported.endsWith("_reverse") ? "bidirectional" : "projected";
    throw new CheckpointError(
      `${name} from PyTorch: ${unsupported} belongs to a ${kind} module, which no cell here computes.`,
      {
        name: unsupported,
      },
    );
  }
  const found = own.reduce((most, key) => Math.max(most, Number(layerOf(key) ?? -1) + 1), 0);
  if (layers !== undefined && found > layers) {
    throw new CheckpointError(
      `${name} from PyTorch: there are ${found} layers under "${prefix}", but ${layers} were asked for.`,
      {
        expected: layers,
        received: found,
      },
    );
  }
  // A file without any: reading layer 0 says what is missing.
  return layers ?? Math.max(1, found);
}
