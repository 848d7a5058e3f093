// Image networks of TensorFlow.js as ONNX: graph models of convolutions, as tensorflowjs_converter writes them.

import { fromHalf } from "@throughtime/core";

/**
 * @typedef {{ readonly name: string, readonly op: string, readonly input?: readonly string[], readonly attr?: Readonly<Record<string, any>> }} TfNode
 * @typedef {{ readonly name: string, readonly shape: readonly number[], readonly dtype: string, readonly quantization?: { readonly dtype: string } }} TfWeight
 * @typedef {{ readonly modelTopology: { readonly node: readonly TfNode[] }, readonly weightsManifest: readonly { readonly weights: readonly TfWeight[] }[] }} TfjsModel
 * @typedef {{ readonly shape: readonly number[], readonly data: Float32Array | Int32Array }} Constant
 * @typedef {import("@throughtime/onnx").Graph} Graph
 * @typedef {import("@throughtime/onnx").GraphNode} GraphNode
 * @typedef {import("@throughtime/onnx").GraphInitializer} GraphInitializer
 */

/**
 * What is being written: nodes and weights of an ONNX graph, of pictures [N, C, H, W] where TensorFlow has [N, H, W, C].
 * @typedef {object} Writing
 * @property {(node: TfNode, opType: string, inputs: readonly string[], attributes?: GraphNode["attributes"], output?: string) => string} node
 * @property {(name: string, shape: readonly number[], data: Float32Array) => string} weight
 * @property {(input: string) => string} value the name of what is no constant
 * @property {(input: string) => Constant | undefined} constant
 */

/**
 * The part of a graph model that makes some of its values, as an ONNX graph with one input "image", f32 [N, 3, H, W] of any size. Throws
 * where it has an operator, or uses one, in a way that is not known here.
 * @param {TfjsModel} model
 * @param {Uint8Array} bytes all weights, as the manifest lists them
 * @param {Readonly<Record<string, string>>} outputs names in TensorFlow's graph, by what the outputs are to be called
 * @returns {Graph}
 */
export function tfjsToGraph(model, bytes, outputs) {
  const all = new Map(model.modelTopology.node.map((node) => [node.name, node]));
  const constants = constantsOf(model, bytes);
  const called = new Map(Object.entries(outputs).map(([own, name]) => [name, own]));
  /** @type {GraphNode[]} */
  const nodes = [];
  /** @type {Map<string, GraphInitializer>} */
  const initializers = new Map();
  /** @type {Set<string>} */
  const done = new Set();

  /** @type {Writing} */
  const writing = {
    node({ name }, opType, inputs, attributes = {}, output = called.get(name) ?? name) {
      nodes.push({ name: `${name}/${opType}`, opType, domain: "", inputs, outputs: [output], attributes });
      return output;
    },
    weight(name, shape, data) {
      initializers.set(name, { name, dtype: "f32", shape, bytes: new Uint8Array(data.buffer) });
      return name;
    },
    value: (input) => called.get(nameOf(input)) ?? nameOf(input),
    constant: (input) => constants.get(nameOf(input)),
  };
  /** @param {string} name */
  const write = (name) => {
    if (done.has(name) || constants.has(name)) return;
    done.add(name);
    const node = all.get(name);
    if (!node) throw new Error(`tfjs: there is no node ${name}.`);
    if (node.op === "Placeholder") {
      called.set(name, "image");
      return;
    }
    for (const input of node.input ?? []) write(nameOf(input));
    const lower = LOWERINGS[node.op];
    if (!lower) throw new Error(`tfjs: ${name} is a ${node.op}, which is not converted.`);
    lower(node, writing);
  };
  for (const name of Object.values(outputs)) write(name);
  return {
    ...{ kind: "graph", name: "encoder", nodes, initializers: [...initializers.values()] },
    inputs: [{ name: "image", dtype: "f32", shape: ["N", 3, "H", "W"] }],
    outputs: Object.keys(outputs).map((name) => ({
      name,
      dtype: "f32",
      shape: ["N", `${name}_D`, `${name}_H`, `${name}_W`],
    })),
  };
}

/** @param {string} input "name", "name:0" */
const nameOf = (input) => input.replace(/:0$/, "").replace(/^\^/, "");

/** @type {Readonly<Record<string, (node: TfNode, writing: Writing) => void>>} */
const LOWERINGS = {
  Conv2D: (node, writing) => convolution(node, writing, "dense"),
  _FusedConv2D: (node, writing) => convolution(node, writing, "dense"),
  DepthwiseConv2dNative: (node, writing) => convolution(node, writing, "depthwise"),
  FusedDepthwiseConv2dNative: (node, writing) => convolution(node, writing, "depthwise"),
  Add: (node, writing) => elementwise(node, writing, "Add"),
  AddV2: (node, writing) => elementwise(node, writing, "Add"),
  Mul: (node, writing) => elementwise(node, writing, "Mul"),
  Relu: (node, writing) => void writing.node(node, "Relu", [writing.value(inputOf(node, 0))]),
  Relu6: (node, writing) => void relu6(node, writing, writing.value(inputOf(node, 0))),
  Identity: (node, writing) => void writing.node(node, "Identity", [writing.value(inputOf(node, 0))]),
  Mean(node, writing) {
    const axes = [...(writing.constant(inputOf(node, 1))?.data ?? [])].sort().join();
    if (axes !== "1,2" || !node.attr?.keep_dims?.b)
      throw new Error(`tfjs: ${node.name} is a mean over other axes than rows and columns.`);
    writing.node(node, "GlobalAveragePool", [writing.value(inputOf(node, 0))]);
  },
};

/** @param {TfNode} node @param {number} i */
function inputOf(node, i) {
  const input = node.input?.[i];
  if (input === undefined) throw new Error(`tfjs: ${node.name} has no input ${i}.`);
  return input;
}

/** @param {TfNode} node @param {Writing} writing @param {string} value @param {string} [output] */
function relu6(node, writing, value, output) {
  const limits = [writing.weight("zero", [], new Float32Array(1)), writing.weight("six", [], Float32Array.of(6))];
  return writing.node(node, "Clip", [value, ...limits], {}, output);
}

/** @param {TfNode} node @param {Writing} writing @param {"Add" | "Mul"} opType */
function elementwise(node, writing, opType) {
  const inputs = [0, 1].map((i) => {
    const input = inputOf(node, i);
    const constant = writing.constant(input);
    if (!constant) return writing.value(input);
    const { shape, data } = constant;
    if (shape.length > 1) throw new Error(`tfjs: ${node.name} adds or multiplies a constant of ${shape.length} axes.`);
    // What stands beside channels, which are last in TensorFlow.
    return writing.weight(nameOf(input), shape.length === 1 ? [data.length, 1, 1] : [], Float32Array.from(data));
  });
  writing.node(node, opType, inputs);
}

/** @param {TfNode} node @param {Writing} writing @param {"dense" | "depthwise"} kind */
function convolution(node, writing, kind) {
  const { strides, dilations, padding, fused_ops: fused, data_format: format } = node.attr ?? {};
  const weight = inputOf(node, 1);
  const kernel = writing.constant(weight);
  if (!kernel || (format && textOf(format) !== "NHWC"))
    throw new Error(`tfjs: ${node.name} is no convolution of constants over [N, H, W, C].`);
  const [height = 0, width = 0, from = 0, to = 0] = kernel.shape;
  const pad = { SAME: "SAME_UPPER", VALID: "VALID" }[textOf(padding)];
  if (!pad) throw new Error(`tfjs: ${node.name} is padded as ${textOf(padding)}.`);
  const shape = kind === "dense" ? [to, from, height, width] : [from * to, 1, height, width];
  const attributes = {
    ...{ kernel_shape: [height, width], auto_pad: pad, group: kind === "dense" ? 1 : from },
    ...{ strides: sidesOf(strides), dilations: dilations ? sidesOf(dilations) : [1, 1] },
  };
  /** @type {string[]} */
  const then = (fused?.list?.s ?? []).map((/** @type {string} */ s) => Buffer.from(s, "base64").toString());
  const inputs = [writing.value(inputOf(node, 0)), writing.weight(nameOf(weight), shape, transposed(kernel, kind))];
  if (then[0] === "BiasAdd") {
    const bias = writing.constant(inputOf(node, 2));
    if (!bias) throw new Error(`tfjs: ${node.name} has a bias that is computed.`);
    inputs.push(writing.weight(nameOf(inputOf(node, 2)), [bias.data.length], Float32Array.from(bias.data)));
    then.shift();
  }
  const [activation, more] = then;
  if (more !== undefined || ![undefined, "Relu", "Relu6"].includes(activation)) {
    throw new Error(`tfjs: ${node.name} is fused with ${then.join(", ")}.`);
  }
  if (activation === undefined) writing.node(node, "Conv", inputs, attributes);
  else {
    const before = writing.node(node, "Conv", inputs, attributes, `${node.name}/before`);
    if (activation === "Relu") writing.node(node, "Relu", [before]);
    else relu6(node, writing, before);
  }
}

/**
 * [height, width, from, to] → [to, from, height, width]; of a depthwise one [height, width, from, multiplier] → [from · multiplier, 1, height,
 * width].
 * @param {Constant} kernel @param {"dense" | "depthwise"} kind
 */
function transposed({ shape, data }, kind) {
  const [height = 0, width = 0, from = 0, to = 0] = shape;
  const out = new Float32Array(data.length);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let i = 0; i < from; i++) {
        for (let o = 0; o < to; o++, at++) {
          const filter = kind === "dense" ? o * from + i : i * to + o;
          out[(filter * height + y) * width + x] = /** @type {number} */ (data[at]);
        }
      }
    }
  }
  return out;
}

/** @param {any} attribute */
const textOf = (attribute) => Buffer.from(attribute?.s ?? "", "base64").toString();

/** Rows and columns of [1, rows, columns, 1]. @param {any} attribute */
const sidesOf = (attribute) => attribute.list.i.slice(1, 3).map(Number);

/**
 * @param {TfjsModel} model @param {Uint8Array} bytes
 * @returns {Map<string, Constant>}
 */
function constantsOf({ weightsManifest }, bytes) {
  /** @type {Map<string, Constant>} */
  const constants = new Map();
  let at = 0;
  for (const { name, shape, dtype, quantization } of weightsManifest.flatMap(({ weights }) => weights)) {
    const count = shape.reduce((a, b) => a * b, 1);
    const stored = quantization?.dtype ?? dtype;
    const size = count * (stored === "float16" ? 2 : 4);
    const { buffer } = bytes.slice(at, at + size);
    if (buffer.byteLength < size) throw new Error(`tfjs: the weights end in the middle of ${name}.`);
    if (stored === "float16") constants.set(name, { shape, data: fromHalf(new Uint16Array(buffer)) });
    else if (stored === "float32") constants.set(name, { shape, data: new Float32Array(buffer) });
    else if (stored === "int32") constants.set(name, { shape, data: new Int32Array(buffer) });
    else throw new Error(`tfjs: the weight ${name} is stored as ${stored}.`);
    at += size;
  }
  return constants;
}
