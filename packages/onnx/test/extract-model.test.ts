import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { add, exp, matmul, mul, ndarray, scan, type Tensor, toNested, trace, type } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import {
  extractModel,
  inspectModel,
  type NodeOutput,
  nodeOutputs,
  type OnnxRuntime,
  openOnnx,
  readModel,
  toOnnx,
} from "../src/index.js";

const require = createRequire(new URL("../../backend-ort/package.json", import.meta.url));
const runtime: OnnxRuntime = require("onnxruntime-node");
const inspected = (bytes: Uint8Array) =>
  inspectModel({ size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) });

const [W, V] = [ndarray([[1, 2], [3, 4]]), ndarray([[5], [6]])]; // biome-ignore format: two matrices
const program = (x: Tensor, w: Tensor, v: Tensor) => add(matmul(exp(matmul(x, w)), v), 1);
const model = toOnnx(trace(program, [type(["B", 2]), type([2, 2]), type([2, 1])]).program, {
  inputNames: ["x", "W", "V"],
  outputNames: ["y"],
});

describe("extractModel", () => {
  test("makes inner values outputs, and leaves out all that they do not need", async () => {
    const values = nodeOutputs(model);
    expect(values.map(({ operator }) => operator)).toEqual(["MatMul", "Exp", "MatMul", "Add"]);
    const [product, exponential] = values as readonly [NodeOutput, NodeOutput, ...NodeOutput[]];
    const cut = extractModel(model, [exponential.name, product.name]);
    expect(inspected(cut)).toMatchObject({
      operators: { MatMul: 1, Exp: 1 },
      inputs: [{ name: "x" }, { name: "W" }],
      outputs: [{ name: exponential.name }, { name: product.name }],
    });
    const run = await openOnnx(runtime, cut);
    const [e, p] = await run([ndarray([[0, 1]]), W]);
    expect(toNested(p as never)).toEqual([[3, 4]]);
    expect((e as { data: Float32Array }).data[1]).toBeCloseTo(Math.exp(4), 3);
    await run.release();
  });

  test("of the outputs that there are changes nothing", async () => {
    expect(readModel(extractModel(model, ["y"]))).toEqual(readModel(model));
    const run = await openOnnx(runtime, extractModel(model, ["y"]));
    expect((await run([ndarray([[0, 0]]), W, V])).map(({ data }) => Array.from(data))).toEqual([[12]]);
    await run.release();
  });

  test("keeps what loops and branches read around them", async () => {
    const looped = toOnnx(
      trace(
        (xs: Tensor, h: Tensor, u: Tensor) => {
          const [last] = scan((c: Tensor, x: Tensor) => [mul(add(c, x), u), x], h, xs);
          return { y: exp(last), z: add(h, 1) };
        },
        [type(["T", 2]), type([2]), type([2])],
      ).program,
      { inputNames: ["xs", "h", "u"], outputNames: ["y", "z"] },
    );
    const cut = extractModel(looped, ["y"]);
    expect(inspected(cut).inputs.map(({ name }) => name)).toEqual(["xs", "h", "u"]);
    const run = await openOnnx(runtime, cut);
    const [y] = await run([ndarray([[1, 2], [3, 4]]), ndarray([0, 0]), ndarray([1, 0.5])]); // biome-ignore format: a matrix
    expect((y as { data: Float32Array }).data[1]).toBeCloseTo(Math.exp(2.5), 4);
    await run.release();
  });

  test("names what there is, the nearest first, shortened", () => {
    expect(() => extractModel(model, ["Y"])).toThrow(
      /^onnx: there is no value Y in the model\. There are: y \(Add\), /,
    );
    expect(() => extractModel(model, ["W"])).toThrow("there is no value W");
    expect(() => extractModel(model, ["\u001b[2J"])).toThrow("there is no value \\u001b[2J in");
    let chain = (x: Tensor) => x;
    for (let i = 0; i < 30; i++) {
      const before = chain;
      chain = (x) => mul(exp(before(x)), x);
    }
    const long = toOnnx(trace(chain, [type([1])]).program);
    const error = (() => {
      try {
        extractModel(long, ["exp-20"]);
      } catch (thrown) {
        return thrown as Error & { details: { names: string[] } };
      }
    })();
    expect(error?.name).toBe("OptionError");
    expect(error?.details.names).toHaveLength(12);
    expect(error?.message).toMatch(/, and 4[0-9] more\.$/);
  });

  test("refuses what is no model, two graphs, and more than the limits", () => {
    expect(() => nodeOutputs(new TextEncoder().encode("<html>"))).toThrow(/^onnx: /);
    expect(() => nodeOutputs(new Uint8Array())).toThrow("hold no graph");
    const twice = new Uint8Array([...model, ...model]);
    expect(() => extractModel(twice, ["y"])).toThrow("the model holds two graphs; expected one.");
    expect(() => extractModel(model, ["y"], { nodes: 2 })).toThrow("more than 2 nodes; at most 2 are read.");
    expect(() => extractModel(model, ["y"], { nameLength: 1 })).toThrow(/a name of \d+ bytes/);
    expect(() => extractModel(model, ["y"], { fields: 10 })).toThrow("more than 10 fields");
  });

  test("cut anywhere, or with a byte changed, a model is refused, or what comes of it is a model", () => {
    let read = 0;
    const tried = (bytes: Uint8Array) => {
      try {
        nodeOutputs(extractModel(bytes, ["y"]));
        read++;
      } catch (error) {
        expect(["DataError", "OptionError"]).toContain((error as Error).name);
      }
    };
    for (let end = 0; end < model.length; end++) tried(model.subarray(0, end));
    // Cut after the graph, it is whole but for its versions.
    expect(read).toBeLessThan(20);
    for (let at = 0; at < model.length; at++) {
      const damaged = Uint8Array.from(model);
      damaged[at] = (damaged[at] as number) ^ 0x55;
      tried(damaged);
    }
    expect(read).toBeGreaterThan(0);
  });

  test("a file of a million names is answered by the nearest of the first ones", () => {
    const name = (text: string) => [0x12, text.length, ...new TextEncoder().encode(text)];
    const node = Array.from({ length: 1000 }, (_, i) => name(`value-${i}`)).flat();
    const length = [(node.length & 127) | 128, node.length >> 7];
    const one = Uint8Array.from([0x0a, ...length, ...node]);
    const graph = new Uint8Array(1000 * one.length);
    for (let i = 0; i < 1000; i++) graph.set(one, i * one.length);
    const size = graph.length;
    const head = [0x3a, (size & 127) | 128, ((size >> 7) & 127) | 128, ((size >> 14) & 127) | 128, size >> 21];
    const big = new Uint8Array(head.length + size);
    big.set(head);
    big.set(graph, head.length);
    expect(() => extractModel(big, ["value_7"])).toThrow(/ There are: value-7 \(\), .* and 999,988 more\.$/);
  });
});

test("a model that was tapped holds its weights byte for byte", () => {
  const golden = JSON.parse(readFileSync(new URL("goldens/models.json", import.meta.url), "utf8")) as {
    nested: string;
  };
  const nested = new Uint8Array(Buffer.from(golden.nested, "base64"));
  const [last] = nodeOutputs(nested).slice(-1) as [NodeOutput];
  const [before, after] = [inspected(nested), inspected(extractModel(nested, [last.name]))];
  expect(after.weights).toEqual(before.weights.filter(({ name }) => after.weights.some((one) => one.name === name)));
  expect(after.weights.length).toBeGreaterThan(0);
});
