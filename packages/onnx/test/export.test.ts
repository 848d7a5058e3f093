import { readFileSync } from "node:fs";
import { gru, lstm, stacked, unroll } from "@throughtime/cells";
import {
  add,
  addDim,
  apply,
  broadcast,
  concat,
  constant,
  type Dim,
  defineComposite,
  defineOp,
  dim,
  gather,
  iota,
  isNdArray,
  key,
  mapTree,
  matmul,
  mean,
  mul,
  mulDim,
  ndarray,
  reshape,
  scan,
  sigmoid,
  slice,
  split,
  sub,
  subDim,
  type Tensor,
  tanh,
  trace,
  type,
  zeros,
} from "@throughtime/core";
import { linear } from "@throughtime/nn";
import { describe, expect, test } from "vitest";
import {
  countNodes,
  type Graph,
  type GraphNode,
  type OnnxOptions,
  readModel,
  toGraph,
  toOnnx,
  writeModel,
} from "../src/index.js";

const program = (fn: (...xs: Tensor[]) => unknown, ...types: ReturnType<typeof type>[]) => trace(fn, types).program;
const nodesOf = (graph: Graph): GraphNode[] =>
  graph.nodes.flatMap((node) => [node, ...Object.values(node.attributes).filter(isGraph).flatMap(nodesOf)]);
const scanOf = (graph: Graph) => nodesOf(graph).find(({ opType }) => opType === "Scan") as GraphNode;
const bodyOf = (graph: Graph): Graph => scanOf(graph).attributes.body as Graph;
const isGraph = (attribute: unknown): attribute is Graph =>
  typeof attribute === "object" && attribute !== null && "nodes" in attribute;
const outputsOf = (nodes: readonly GraphNode[]) => nodes.flatMap(({ outputs }) => outputs);

describe("a model", () => {
  test("has named sizes as dynamic axes and numbers as fixed ones", () => {
    const model = readModel(toOnnx(program((x, w) => matmul(x, w), type(["B", 3]), type([3, 4]))));
    const dims = model.graph?.input[0]?.type?.tensorType?.shape?.dim.map(({ value }) => value.value);
    expect(dims).toEqual(["B", 3n]);
    const out = model.graph?.output[0]?.type?.tensorType?.shape?.dim.map(({ value }) => value.value);
    expect(out).toEqual(["B", 4n]);
  });

  test("keeps the paths of inputs and outputs as names, or takes the caller's", () => {
    const traced = trace(
      (p: { W: Tensor }, x: Tensor) => ({ y: matmul(x, p.W) }),
      [{ W: type([3, 4]) }, type(["B", 3])],
    );
    const graph = toGraph(traced.program);
    expect([graph.inputs.map(({ name }) => name), graph.outputs.map(({ name }) => name)]).toEqual([
      ["0.W", "1"],
      ["y"],
    ]);
    const named = toGraph(traced.program, { inputNames: ["W", "x"], outputNames: ["logits"] });
    expect([named.inputs[0]?.name, named.outputs[0]?.name]).toEqual(["W", "logits"]);
    expect(outputsOf(named.nodes)).toContain("logits");
  });

  test("says who made it, for which operators, and what it was told to say", () => {
    const model = readModel(
      toOnnx(
        program((x) => tanh(x), type(["B"])),
        { metadata: { cell: "lstm" }, description: "d" },
      ),
    );
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect([model.producerName, model.producerVersion]).toEqual(["throughtime", manifest.version]);
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([["", 21n]]);
    expect(model.metadataProps.map(({ key, value }) => [key, value])).toEqual([["cell", "lstm"]]);
    expect(model.docString).toBe("d");
  });

  test("can be read, changed and written again", () => {
    const model = readModel(toOnnx(program((x) => tanh(x), type(["B"]))));
    model.docString = "changed";
    const again = readModel(writeModel(model));
    expect([again.docString, again.graph?.node.map(({ opType }) => opType)]).toEqual(["changed", ["Tanh"]]);
  });

  test("holds equal constants once, in the outermost graph", () => {
    const two = () => constant(ndarray([1, 2]));
    const graph = toGraph(
      program((x) => scan((h: Tensor, v: Tensor) => [add(mul(h, two()), v), mul(v, two())], two(), x), type(["T", 2])),
    );
    expect(graph.initializers.filter(({ dtype, shape }) => dtype === "f32" && shape[0] === 2)).toHaveLength(1);
    expect(bodyOf(graph).initializers).toEqual([]);
  });

  test("names every value once", () => {
    const graph = toGraph(
      program((x) => scan((h: Tensor, v: Tensor) => [add(h, v), tanh(h)], zeros([2]), x), type(["T", 2])),
    );
    const names = [...outputsOf(nodesOf(graph)), ...bodyOf(graph).inputs.map(({ name }) => name)];
    expect(new Set(names).size).toBe(names.length);
  });

  test("names what was made of a parameter by its path, also where two are equal", () => {
    const params = {
      cell: [lstm({ inputSize: 3, hiddenSize: 4 }), gru({ inputSize: 4, hiddenSize: 4 })].map((cell) =>
        cell.init(key(1)),
      ),
      output: linear({ inputSize: 4, outputSize: 4, bias: false }).init(key(2)),
    };
    const cell = stacked([lstm({ inputSize: 3, hiddenSize: 4 }), gru({ inputSize: 4, hiddenSize: 4 })]);
    const { program: traced } = trace(
      (p: { cell: never; output: { W: Tensor } }, xs: Tensor) => matmul(unroll(cell, p.cell, xs).outputs, p.output.W),
      [params as never, type(["T", "B", 3])],
    );
    const named = (options: OnnxOptions) =>
      toGraph(traced, options)
        .initializers.filter(({ dtype, bytes }) => dtype === "f32" && bytes.length > 4)
        .map(({ name }) => name);
    expect(named({ params }).sort()).toEqual(
      ["cell.0.U", "cell.0.W", "cell.0.b", "cell.1.U", "cell.1.W", "cell.1.b", "output.W"].sort(),
    );
    const loops = named({ params, recurrent: "loops" });
    expect(loops).toEqual(
      expect.arrayContaining(["cell.0.U", "cell.0.W", "cell.0.b", "cell.1.U", "cell.1.W", "output.W"]),
    );
    expect(toGraph(traced, { params, inputNames: ["xs"] }).inputs.map(({ name }) => name)).toEqual(["xs"]);
    expect(toGraph(traced).inputs).toHaveLength(9);
    expect(() => toGraph(traced, { params: params.output })).toThrow(
      /params\.W is f32\[4, 4\], but input 0 .* f32\[3, 16\]/,
    );
  });

  test("has ONNX's operators for standard cells, unless it shall have loops; those of named sizes are guarded", () => {
    const cell = gru({ inputSize: 3, hiddenSize: 4 });
    const of = (T: Dim) =>
      program(
        (xs, lengths) =>
          unroll(cell, mapTree(cell.init(key(1)), isNdArray, constant) as never, xs, { lengths }).outputs,
        type([T, 2, 3] as never),
        type([2], "i32"),
      );
    const [known, unknown] = [of(5), of(dim("T"))];
    expect(countNodes(toGraph(known))).toMatchObject({ GRU: 1 });
    expect(countNodes(toGraph(unknown))).toMatchObject({ If: 1, "If/GRU": 1, Greater: 1 });
    expect(countNodes(toGraph(unknown, { sizes: "positive" }))).toMatchObject({ GRU: 1 });
    expect(countNodes(toGraph(unknown, { recurrent: "loops" }))).toMatchObject({ If: 1, "If/Scan": 1 });
    const sequenceLengths = nodesOf(toGraph(known)).find(({ opType }) => opType === "GRU")?.inputs[4];
    expect(sequenceLengths).toBe("1");
  });

  test("that is not one is refused by name", () => {
    expect(() => readModel(Uint8Array.of(255, 255, 255))).toThrowError(expect.objectContaining({ name: "DataError" }));
    expect(() => readModel(new Uint8Array())).toThrow(/hold no graph/);
  });
});

describe("named sizes", () => {
  test("that a shape needs are computed once, outside of loops", () => {
    const spread = (v: Tensor) => broadcast(mean(v), [dim("B"), 3]);
    const h0 = zeros([dim("B"), 3]);
    const fn = (x: Tensor) => scan((h: Tensor, v: Tensor) => [spread(h), concat([spread(v), h])], h0, x);
    const graph = toGraph(program(fn, type(["T", "B", 3])), { sizes: "positive" });
    expect(countNodes(bodyOf(graph))).toEqual({ ReduceSum: 4, Div: 2, Expand: 2, Concat: 1 });
    // B alone, and [B, 3]; T is not needed.
    expect(graph.nodes.filter(({ opType }) => opType === "Shape")).toHaveLength(1);
    expect(graph.nodes.filter(({ opType }) => opType === "Concat")).toHaveLength(1);
  });

  test("are solved for where an input's axis is a polynomial", () => {
    const steps = program((x) => iota(subDim(x.shape[0] as Dim, 1)), { shape: [addDim(dim("T"), 1)], dtype: "f32" });
    expect(countNodes(toGraph(steps))).toEqual({ Shape: 1, Sub: 1, Reshape: 1, Cast: 1, Range: 1 });
    const pairs = program((x, y) => [iota(y.shape[0] as Dim), x], type(["B"]), {
      shape: [mulDim(dim("T"), dim("B"))],
      dtype: "f32",
    });
    expect(countNodes(toGraph(pairs)).Shape).toBe(2);
  });

  test("that no input has are an error with the name", () => {
    expect(() => toGraph(program(() => iota(dim("Q"))))).toThrow(/size Q cannot be read off/);
  });

  test("need nothing at run time where a reshape has one of them", () => {
    expect(countNodes(toGraph(program((x) => reshape(x, [-1, 3]), type(["T", "B", 3]))))).toEqual({ Reshape: 1 });
  });
});

describe("lean loops", () => {
  const lstm = (x: Tensor, w: Tensor, h0: Tensor) =>
    scan(
      ({ h, c }: { h: Tensor; c: Tensor }, zx: Tensor) => {
        const z = add(matmul(h, w), zx);
        const [i, f, o, g] = split(z, 4);
        const cNext = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
        const hNext = mul(sigmoid(o), tanh(cNext));
        return [{ h: hNext, c: cNext }, hNext];
      },
      { h: h0, c: h0 },
      x,
    );

  test("an LSTM's step is one Gemm with the addend inside and one Split", () => {
    const graph = toGraph(program(lstm as never, type(["T", "B", 16]), type([4, 16]), type(["B", 4])));
    expect(countNodes(bodyOf(graph))).toEqual({ Gemm: 1, Split: 1, Sigmoid: 3, Tanh: 2, Mul: 3, Add: 1, Identity: 1 });
  });

  test("captures are read from around the loop, not passed in", () => {
    const graph = toGraph(program(lstm as never, type(["T", "B", 16]), type([4, 16]), type(["B", 4])));
    expect(scanOf(graph).inputs).toHaveLength(3);
    expect(bodyOf(graph).nodes.some(({ inputs }) => inputs.includes("1"))).toBe(true);
  });

  test("a product with another reader stays a product", () => {
    const graph = toGraph(
      program((a, b, c) => [add(matmul(a, b), c), matmul(a, b)], type([2, 3]), type([3, 4]), type([2, 4])),
    );
    expect(countNodes(graph)).toEqual({ Gemm: 1, MatMul: 1 });
    const shared = program(
      (a, b, c) => ((y: Tensor) => [add(y, c), y])(matmul(a, b)),
      type([2, 3]),
      type([3, 4]),
      type([2, 4]),
    );
    expect(countNodes(toGraph(shared))).toEqual({ MatMul: 1, Add: 1 });
  });

  test("an update by a product is one Gemm", () => {
    const update = (sign: typeof add) =>
      program((w, a, b) => sign(w, mul(0.5, matmul(a, b))), type([2, 4]), type([2, 3]), type([3, 4]));
    for (const [sign, alpha] of [
      [add, 0.5],
      [sub, -0.5],
    ] as const) {
      const graph = toGraph(update(sign));
      expect(countNodes(graph)).toEqual({ Gemm: 1 });
      expect(graph.nodes[0]?.attributes.alpha).toEqual({ float: alpha });
    }
    const rate = program(
      (w, k, a, b) => sub(w, mul(k, matmul(a, b))),
      type([2, 4]),
      type([]),
      type([2, 3]),
      type([3, 4]),
    );
    expect(countNodes(toGraph(rate))).toEqual({ MatMul: 1, Mul: 1, Sub: 1 });
  });

  test("slices with a gap between them stay slices", () => {
    const graph = toGraph(
      program(
        (x) => [slice(x, { axis: 1, start: 0, end: 2 }), slice(x, { axis: 1, start: 3, end: 4 })],
        type(["B", 4]),
      ),
    );
    expect(countNodes(graph)).toEqual({ Slice: 2 });
  });

  test("a tensor repeated only to fit an elementwise op is not repeated", () => {
    const graph = toGraph(program((x, b) => add(x, broadcast(b, x.shape)), type(["B", 4]), type([4])));
    expect(countNodes(graph)).toEqual({ Add: 1 });
    const both = program((a, b) => add(broadcast(a, [2, 4]), broadcast(b, [2, 4])), type([4]), type([1, 4]));
    expect(countNodes(toGraph(both)).Expand).toBe(1);
  });

  test("a loop of no steps is no loop", () => {
    const graph = toGraph(program((x) => scan((h: Tensor, v: Tensor) => [add(h, v), h], zeros([3]), x), type([0, 3])));
    expect(countNodes(graph).Scan).toBeUndefined();
  });
});

describe("lowerings from outside", () => {
  const swish = defineComposite<object>({
    name: "swish",
    lower: ([x]) => [mul(x as Tensor, sigmoid(x as Tensor))],
  });
  const using = program((x) => apply(swish, [x], {}), type(["B"]));

  test("claim a composite; without one it is written as what it lowers to", () => {
    expect(countNodes(toGraph(using))).toEqual({ Sigmoid: 1, Mul: 1 });
    const claimed = toGraph(using, {
      lowerings: { swish: ({ inputs }, { node, value }) => node("Swish", [value(inputs[0] as Tensor)]) },
    });
    expect(countNodes(claimed)).toEqual({ Swish: 1 });
  });

  test("are what an op of a third party needs", () => {
    const cube = defineOp<object>({
      name: "cube",
      shape: ([x]) => x as never,
      evaluate: ([x]) => x as never,
      batch: "elementwise",
    });
    const cubed = program((x) => apply(cube, [x], {}), type(["B"]));
    expect(() => toGraph(cubed)).toThrowError(
      expect.objectContaining({ name: "UnsupportedOpError", message: expect.stringContaining("cube") }),
    );
  });
});

test("an output that is an input, a constant or another output gets a name of its own", () => {
  const graph = toGraph(program((x) => ((y: Tensor) => [x, constant(1), y, y])(tanh(x)), type(["B"])));
  expect(new Set(graph.outputs.map(({ name }) => name)).size).toBe(4);
  expect(countNodes(graph)).toEqual({ Tanh: 1, Identity: 3 });
});

test("concat and gather keep their order", () => {
  const graph = toGraph(
    program((e, i) => concat([gather(e, i), gather(e, i)], { axis: 1 }), type([5, 2]), type(["N"], "i32")),
  );
  expect(countNodes(graph)).toEqual({ Gather: 2, Concat: 1 });
});

test("mistyped options are an error", () => {
  const { program } = trace((x: Tensor) => add(x, 1), [type([2])]);
  expect(() => toOnnx(program, { outputs: ["y"] } as never)).toThrow('toOnnx: the options have "outputs"; expected {');
});
