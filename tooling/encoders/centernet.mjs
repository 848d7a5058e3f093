// npm run encoder:centernet -- [centernet.onnx]: the backbone of CenterNet-MobileNetV3, trained on COCO, as an ONNX file.
//
// The network is in the npm package @vladmandic/human (MIT), converted from github.com/610265158/mobilenetv3_centernet. Its pictures are
// RGB bytes, [N, 3, H, W] of any size that is a multiple of 32. Outputs: c4e [N, 528, H/16, W/16], c5 [N, 480, H/32, W/32].
// What is written was run by ONNX Runtime, and agrees with TensorFlow.js.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { key, uniform } from "@throughtime/core";
import { encodeGraph, openOnnx } from "@throughtime/onnx";
import * as runtime from "onnxruntime-node";
import { tfjsToGraph } from "./tfjs-graph.mjs";

/** Only this script needs them: they are installed beside it, where git does not look. */
const PACKAGES = { "@vladmandic/human": "3.3.6", "@tensorflow/tfjs": "4.22.0" };
const OUTPUTS = {
  c4e: "tower_0/MobilenetV3/expanded_conv_12/expand/hard_swish/mul_1",
  c5: "tower_0/extern1/hard_swish/mul_1",
};
/** Sides of the pictures that are compared, and the most by which a value may differ, relative to the largest of its output. */
const SIDES = [
  [320, 320],
  [224, 352],
];
const TOLERANCE = 1e-3;

const folder = new URL("./.generated/", import.meta.url);
const file = process.argv[2] ?? "centernet.onnx";
if (existsSync(file)) throw new Error(`${file} is there already. Name another file, or remove it.`);
install();
const models = new URL("node_modules/@vladmandic/human/models/", folder);
const model = JSON.parse(readFileSync(new URL("centernet.json", models), "utf8"));
const weights = new Uint8Array(readFileSync(new URL("centernet.bin", models)));
const bytes = encodeGraph(tfjsToGraph(model, weights, OUTPUTS), {
  description:
    "The backbone of CenterNet-MobileNetV3 (github.com/610265158/mobilenetv3_centernet), by @vladmandic/human.",
});
await compare();
writeFileSync(file, bytes, { flag: "wx" });
console.log(
  `${file}: ${bytes.length.toLocaleString("en")} bytes, the image in RGB bytes, the outputs ${Object.keys(OUTPUTS).join(" and ")}.`,
);

function install() {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("package.json", folder), '{ "private": true }\n');
  const wanted = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  console.log(`Installs ${wanted.join(" and ")} into ${fileURLToPath(folder)}.`);
  const flags = ["--ignore-scripts", "--save-exact", "--no-audit", "--no-fund", "--loglevel=error"];
  const args = ["install", "--prefix", fileURLToPath(folder), ...flags, ...wanted];
  const { status } = spawnSync("npm", args, {
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`npm install ended with ${status}.`);
}

/** Throws where ONNX Runtime and TensorFlow.js disagree. */
async function compare() {
  const tf = createRequire(folder)("@tensorflow/tfjs");
  await tf.setBackend("cpu");
  // The graph says 512 × 512, and works on any size.
  const image = model.modelTopology.node.find((/** @type {{ op: string }} */ { op }) => op === "Placeholder");
  image.attr.shape.shape.dim = [1, -1, -1, 3].map((size) => ({ size: String(size) }));
  const weightSpecs = model.weightsManifest.flatMap((/** @type {{ weights: object[] }} */ group) => group.weights);
  const artifacts = {
    modelTopology: model.modelTopology,
    format: "graph-model",
    weightSpecs,
    weightData: weights.buffer,
  };
  const peer = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const run = await openOnnx(/** @type {any} */ (runtime), bytes, file);
  for (const [height = 0, width = 0] of SIDES) {
    const { data } = uniform(key(height), [height * width * 3], 0, 256);
    const pixels = Float32Array.from(data, Math.floor);
    const ours = await run([{ data: planes(pixels, height * width), shape: [1, 3, height, width], dtype: "f32" }]);
    const names = Object.values(OUTPUTS);
    const theirs = peer.execute({ [image.name]: tf.tensor(pixels, [1, height, width, 3]) }, names);
    Object.keys(OUTPUTS).forEach((output, i) => {
      const expected = planes(theirs[i].dataSync(), theirs[i].shape[1] * theirs[i].shape[2]);
      const { shape, data } = /** @type {import("@throughtime/core").NdArray} */ (ours[i]);
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const off =
        expected.reduce((most, value, at) => Math.max(most, Math.abs(value - /** @type {number} */ (data[at]))), 0) /
        largest;
      console.log(
        `${height} × ${width}: ${output} [${shape.join(", ")}] differs from TensorFlow.js by ${off.toExponential(1)} of its largest value.`,
      );
      // Written so that NaN disagrees.
      if (!(off <= TOLERANCE) || data.length !== expected.length)
        throw new Error(`${output}: at most ${TOLERANCE} is allowed.`);
    });
  }
  await run.release();
}

/** [H · W, C] → [C, H · W]. @param {ArrayLike<number>} values @param {number} places */
function planes(values, places) {
  const channels = values.length / places;
  return Float32Array.from(
    values,
    (_, i) => /** @type {number} */ (values[(i % places) * channels + Math.floor(i / places)]),
  );
}
