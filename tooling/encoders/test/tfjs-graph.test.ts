import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { encodeGraph, type OnnxRuntime, openOnnx } from "@throughtime/onnx";
import { expect, test } from "vitest";
import { tfjsToGraph } from "../tfjs-graph.mjs";

const runtime: OnnxRuntime = createRequire(import.meta.url)("onnxruntime-node");
const golden = JSON.parse(readFileSync(new URL("tfjs-graph.json", import.meta.url), "utf8"));
const weights = new Uint8Array(Buffer.from(golden.weights, "base64"));
const convert = (outputs: Readonly<Record<string, string>>, model = golden.model, bytes = weights) =>
  tfjsToGraph(model, bytes, outputs);

/** [1, H, W, C] → [1, C, H, W]. */
function planes(values: readonly number[], channels: number): Float32Array {
  const places = values.length / channels;
  return Float32Array.from(values, (_, i) => values[(i % places) * channels + Math.floor(i / places)] as number);
}

test("a graph model of convolutions gives in ONNX Runtime what TensorFlow.js says of it", async () => {
  const run = await openOnnx(runtime, encodeGraph(convert({ last: "g", first: "d" })));
  expect([run.inputNames, run.outputNames]).toEqual([["image"], ["last", "first"]]);
  const { height, width, data } = golden.picture;
  const values = await run([{ data: planes(data, 3), shape: [1, 3, height, width], dtype: "f32" }]);
  await run.release();
  ["g", "d"].forEach((name, i) => {
    const { shape, data: wanted } = golden.expected[name];
    const [, h, w, c] = shape;
    expect(values[i]?.shape).toEqual([1, c, h, w]);
    const expected = planes(wanted, c);
    values[i]?.data.forEach((value, at) => void expect(value).toBeCloseTo(expected[at] as number, 5));
    expect(Math.max(...expected)).toBeGreaterThan(0.1);
  });
});

test("only what the outputs need is written", () => {
  const { nodes, initializers } = convert({ first: "d" });
  expect(nodes.map(({ opType }) => opType)).toEqual(["Conv", "Mul", "Add", "Clip", "Mul", "Conv", "Relu"]);
  expect(initializers.map(({ name }) => name).sort()).toEqual([
    ...["c/b", "c/w", "d/b", "d/w", "six", "sixth", "three", "zero"],
  ]);
});

test("what is not known is refused by its name", () => {
  expect(() => convert({ y: "unknown" })).toThrow("tfjs: unknown is a Sinh, which is not converted.");
  expect(() => convert({ y: "none" })).toThrow("tfjs: there is no node none.");
  expect(() => convert({ y: "g" }, golden.model, weights.subarray(0, 100))).toThrow("the weights end in the middle of");
  const changed = structuredClone(golden.model);
  changed.modelTopology.node.find(({ name }: { name: string }) => name === "c").attr.padding.s = btoa("EXPLICIT");
  expect(() => convert({ y: "d" }, changed)).toThrow("tfjs: c is padded as EXPLICIT.");
});
