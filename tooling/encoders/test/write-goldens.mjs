// node tooling/encoders/test/write-goldens.mjs: a small graph model, and what TensorFlow.js says of it, as tfjs-graph.json. Needs what
// `npm run encoder:centernet` installs (made with @tensorflow/tfjs 4.22.0).

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { key, toHalf, uniform } from "@throughtime/core";

const tf = createRequire(new URL("../.generated/", import.meta.url))("@tensorflow/tfjs");
await tf.setBackend("cpu");

/** @type {object[]} */
const nodes = [];
/** @type {{ name: string, shape: number[], dtype: string, quantization?: object }[]} */
const weights = [];
/** @type {Buffer[]} */
const stored = [];

const text = (/** @type {string} */ s) => Buffer.from(s).toString("base64");
const ints = (/** @type {number[]} */ ...i) => ({ list: { i: i.map(String) } });

/** @param {string} name @param {number[]} shape @param {number} [value] */
function floats(name, shape, value) {
  const count = shape.reduce((a, b) => a * b, 1);
  const drawn = value === undefined ? uniform(key(weights.length), [count], -0.6, 0.6).data : [value];
  weights.push({ name, shape, dtype: "float32", quantization: { dtype: "float16" } });
  stored.push(Buffer.from(toHalf(drawn).buffer));
  nodes.push({ name, op: "Const", attr: { dtype: { type: "DT_FLOAT" } } });
  return name;
}
/** @param {string} name @param {number[]} values */
function axes(name, values) {
  weights.push({ name, shape: [values.length], dtype: "int32" });
  stored.push(Buffer.from(Int32Array.from(values).buffer));
  nodes.push({ name, op: "Const", attr: { dtype: { type: "DT_INT32" } } });
  return name;
}
/** @param {string} name @param {string} op @param {string[]} input @param {object} [attr] */
function node(name, op, input, attr = {}) {
  nodes.push({ name, op, input, attr: { T: { type: "DT_FLOAT" }, ...attr } });
  return name;
}
/** @param {number} stride @param {string} padding @param {string[]} [fused] */
const how = (stride, padding, fused) => ({
  ...{
    strides: ints(1, stride, stride, 1),
    dilations: ints(1, 1, 1, 1),
    padding: { s: text(padding) },
    data_format: { s: text("NHWC") },
  },
  ...(fused && { fused_ops: { list: { s: fused.map(text) } }, num_args: { i: "1" }, epsilon: { f: 0 } }),
});

nodes.push({
  name: "x",
  op: "Placeholder",
  attr: {
    dtype: { type: "DT_FLOAT" },
    shape: { shape: { dim: [1, -1, -1, 3].map((size) => ({ size: String(size) })) } },
  },
});
const c = node(
  "c",
  "_FusedConv2D",
  ["x", floats("c/w", [3, 3, 3, 6]), floats("c/b", [6])],
  how(2, "SAME", ["BiasAdd"]),
);
const [sixth, three] = [floats("sixth", [], 1 / 6), floats("three", [], 3)];
const swish = node("swish", "Mul", [
  node("part", "Mul", [sixth, c]),
  node("r6", "Relu6", [node("plus", "Add", [c, three])]),
]);
const d = node(
  "d",
  "FusedDepthwiseConv2dNative",
  [swish, floats("d/w", [5, 5, 6, 1]), floats("d/b", [6])],
  how(2, "SAME", ["BiasAdd", "Relu"]),
);
const m = node("m", "Mean", [d, axes("m/axes", [1, 2])], { keep_dims: { b: true }, Tidx: { type: "DT_INT32" } });
const s = node(
  "s",
  "_FusedConv2D",
  [m, floats("s/w", [1, 1, 6, 2]), floats("s/b", [2])],
  how(1, "SAME", ["BiasAdd", "Relu6"]),
);
const t = node("t", "_FusedConv2D", [s, floats("t/w", [1, 1, 2, 6]), floats("t/b", [6])], how(1, "VALID", ["BiasAdd"]));
const e = node("e", "Mul", [t, d]);
const f = node(
  "f",
  "DepthwiseConv2dNative",
  [node("scaled", "Mul", [e, floats("scale", [6])]), floats("f/w", [3, 3, 6, 2])],
  how(1, "SAME"),
);
node("g", "Identity", [node("h", "Relu", [node("i", "Conv2D", [f, floats("i/w", [2, 2, 12, 4])], how(1, "VALID"))])]);
node("unknown", "Sinh", [f]);

const model = { modelTopology: { node: nodes, versions: { producer: 1 } }, weightsManifest: [{ weights }] };
const bytes = Buffer.concat(stored);
const artifacts = {
  modelTopology: model.modelTopology,
  format: "graph-model",
  weightSpecs: weights,
  weightData: new Uint8Array(bytes).buffer,
};
const graph = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
const [height, width] = [11, 14];
const { data: picture } = uniform(key(99), [height * width * 3], -1, 1);
const expected = Object.fromEntries(
  graph
    .execute({ x: tf.tensor(picture, [1, height, width, 3]) }, ["d", "g"])
    .map((/** @type {any} */ value, /** @type {number} */ i) => [
      ["d", "g"][i],
      { shape: value.shape, data: [...value.dataSync()] },
    ]),
);
const golden = { model, weights: bytes.toString("base64"), picture: { height, width, data: [...picture] }, expected };
writeFileSync(new URL("tfjs-graph.json", import.meta.url), `${JSON.stringify(golden)}\n`);
