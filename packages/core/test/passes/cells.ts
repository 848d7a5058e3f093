import {
  add,
  concat,
  crossEntropy,
  gather,
  matmul,
  mean,
  mul,
  type Program,
  type ScanParams,
  scan,
  scanOp,
  sigmoid,
  split,
  sub,
  type Tensor,
  tanh,
  trace,
  type,
  valueAndGrad,
} from "../../src/index.js";

/** Sizes of which no two can be taken for each other in a shape. */
export const [V, D, H] = [11, 3, 5];

export type Named = Record<string, Tensor>;

/** A cell as a user might write it: its parameters' shapes, the names of its states, and its step. */
export interface TestCell {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly states: readonly string[];
  readonly layers: number;
  step(p: Named, state: Named, x: Tensor): [state: Named, y: Tensor];
}

/** A parameter or a state by name. */
const the = (tree: Named, name: string): Tensor => tree[name] as Tensor;

/** c′ and h′ from the four gates' sums. */
function lstmFrom(i: Tensor, f: Tensor, o: Tensor, g: Tensor, c: Tensor): [Named, Tensor] {
  const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
  const y = mul(sigmoid(o), tanh(next));
  return [{ h: y, c: next }, y];
}

const fused = (p: Named, h: Tensor, x: Tensor) => add(matmul(x, the(p, "W")), matmul(h, the(p, "U")), the(p, "b"));

export const lstm = (inputs = D): TestCell => ({
  shapes: { W: [inputs, 4 * H], U: [H, 4 * H], b: [4 * H] },
  states: ["h", "c"],
  layers: 1,
  step: (p, s, x) => {
    const [i, f, o, g] = split(fused(p, the(s, "h"), x), 4);
    return lstmFrom(i, f, o, g, the(s, "c"));
  },
});

/** One product with x and one with h for each gate, in the order of the lines as they stand in a book. */
export const lstmOfEight: TestCell = {
  shapes: Object.fromEntries(
    ["f", "i", "g", "o"].flatMap((gate) => [
      [`W${gate}`, [D, H]],
      [`U${gate}`, [H, H]],
      [`b${gate}`, [H]],
    ]),
  ),
  states: ["h", "c"],
  layers: 1,
  step: (p, s, x) => {
    const z = (gate: string) =>
      add(matmul(x, the(p, `W${gate}`)), matmul(the(s, "h"), the(p, `U${gate}`)), the(p, `b${gate}`));
    return lstmFrom(z("i"), z("f"), z("o"), z("g"), the(s, "c"));
  },
};

/** The state joined with the input under one weight, as TensorFlow's first cells had it. */
export const lstmOfJoint = (inputs = D): TestCell => ({
  shapes: { W: [inputs + H, 4 * H], b: [4 * H] },
  states: ["h", "c"],
  layers: 1,
  step: (p, s, x) => {
    const [i, f, o, g] = split(add(matmul(concat([x, the(s, "h")]), the(p, "W")), the(p, "b")), 4);
    return lstmFrom(i, f, o, g, the(s, "c"));
  },
});

/** Gers & Schmidhuber 2000. */
export const peephole: TestCell = {
  shapes: { W: [D, 4 * H], U: [H, 4 * H], b: [4 * H], pi: [H], pf: [H], po: [H] },
  states: ["h", "c"],
  layers: 1,
  step: (p, s, x) => {
    const [i, f, o, g] = split(fused(p, the(s, "h"), x), 4);
    const c = the(s, "c");
    const forget = sigmoid(add(f, mul(the(p, "pf"), c)));
    const next = add(mul(forget, c), mul(sigmoid(add(i, mul(the(p, "pi"), c))), tanh(g)));
    const y = mul(sigmoid(add(o, mul(the(p, "po"), next))), tanh(next));
    return [{ h: y, c: next }, y];
  },
};

export const gruResetAfter: TestCell = {
  shapes: { W: [D, 3 * H], U: [H, 3 * H], b: [3 * H], bn: [H] },
  states: ["h"],
  layers: 1,
  step: (p, s, x) => {
    const h = the(s, "h");
    const [xz, xr, xn] = split(add(matmul(x, the(p, "W")), the(p, "b")), 3);
    const [hz, hr, hn] = split(matmul(h, the(p, "U")), 3);
    const [z, r] = [sigmoid(add(xz, hz)), sigmoid(add(xr, hr))];
    const n = tanh(add(xn, mul(r, add(hn, the(p, "bn")))));
    const y = add(mul(sub(1, z), n), mul(z, h));
    return [{ h: y }, y];
  },
};

export const gruResetBefore: TestCell = {
  shapes: { W: [D, 3 * H], U: [H, 2 * H], Un: [H, H], b: [3 * H] },
  states: ["h"],
  layers: 1,
  step: (p, s, x) => {
    const h = the(s, "h");
    const [xz, xr, xn] = split(add(matmul(x, the(p, "W")), the(p, "b")), 3);
    const [hz, hr] = split(matmul(h, the(p, "U")), 2);
    const [z, r] = [sigmoid(add(xz, hz)), sigmoid(add(xr, hr))];
    const n = tanh(add(xn, matmul(mul(r, h), the(p, "Un"))));
    const y = add(mul(sub(1, z), n), mul(z, h));
    return [{ h: y }, y];
  },
};

export const rnn: TestCell = {
  shapes: { W: [D, H], U: [H, H], b: [H] },
  states: ["h"],
  layers: 1,
  step: (p, s, x) => {
    const y = tanh(fused(p, the(s, "h"), x));
    return [{ h: y }, y];
  },
};

/** Layers in one scan: each step runs all of them. */
export function stacked(layers: readonly TestCell[]): TestCell {
  const named = (names: readonly string[], layer: number) => names.map((name) => `${name}${layer}`);
  const own = (tree: Named, names: readonly string[], layer: number): Named =>
    Object.fromEntries(names.map((name) => [name, the(tree, `${name}${layer}`)]));
  return {
    shapes: Object.fromEntries(
      layers.flatMap(({ shapes }, l) => Object.entries(shapes).map(([name, shape]) => [`${name}${l}`, shape])),
    ),
    states: layers.flatMap(({ states }, l) => named(states, l)),
    layers: layers.length,
    step: (p, s, x) => {
      let y = x;
      const next: Named = {};
      for (const [l, cell] of layers.entries()) {
        const [state, out] = cell.step(own(p, Object.keys(cell.shapes), l), own(s, cell.states, l), y);
        for (const name of cell.states) next[`${name}${l}`] = the(state, name);
        y = out;
      }
      return [next, y];
    },
  };
}

/** The mean cross-entropy of a language model over T steps, and the states that it ends in. */
export function languageModelLoss(cell: TestCell, p: Named, state: Named, x: Tensor, y: Tensor) {
  const [last, hs] = scan((s: Named, xt: Tensor) => cell.step(p, s, xt), state, gather(the(p, "E"), x));
  const logits = add(matmul(hs, the(p, "Wy")), the(p, "by"));
  return { loss: mean(crossEntropy(logits, y)), state: last };
}

/** Types of the parameters, the states, and the symbols that are read and foretold. */
export const modelTypes = (cell: TestCell) =>
  [
    {
      E: type([V, D]),
      ...Object.fromEntries(Object.entries(cell.shapes).map(([name, shape]) => [name, type(shape)])),
      Wy: type([H, V]),
      by: type([V]),
    },
    Object.fromEntries(cell.states.map((name) => [name, type(["B", H])])),
    type(["T", "B"], "i32"),
    type(["T", "B"], "i32"),
  ] as const;

/** A whole step of training with SGD: new parameters, the states at the end, and the loss. */
export function trainingStep(cell: TestCell): Program {
  return trace((params: Named, state: Named, x: Tensor, y: Tensor) => {
    const [value, grads] = valueAndGrad((p: Named) => languageModelLoss(cell, p, state, x, y), params);
    const updated = Object.keys(params).map((name) => [name, sub(the(params, name), mul(0.1, the(grads, name)))]);
    return { params: Object.fromEntries(updated), ...value };
  }, modelTypes(cell)).program;
}

/** The bodies of a Program's scans, forward and backward ones. */
export function loopsOf(program: Program): { forward: Program[]; backward: Program[] } {
  const scans = program.equations.filter(({ op }) => (op as unknown) === scanOp);
  const bodies = (reverse: boolean) =>
    scans
      .map(({ params }) => params as ScanParams)
      .filter((params) => params.reverse === reverse)
      .map(({ body }) => body);
  return { forward: bodies(false), backward: bodies(true) };
}
