import { describe, expect, test } from "vitest";
import {
  add,
  concat,
  crossEntropy,
  dimKey,
  expandDims,
  gather,
  matmul,
  mean,
  mul,
  type Node,
  namesOf,
  optimize,
  type Program,
  type ScanParams,
  type Shape,
  scan,
  scanOp,
  softmax,
  squeeze,
  sum,
  type Tensor,
  tanh,
  trace,
  type,
  valueAndGrad,
} from "../../src/index.js";
import { V } from "./cells.js";
import { expectSame } from "./rule.js";

/** Sizes of which no two can be taken for each other in a shape. */
const [D, H, M, A] = [3, 5, 7, 40];

const shapes = {
  E: type([V, D]),
  W: type([D + M, H]),
  U: type([H, H]),
  b: type([H]),
  Wa: type([H, A]),
  Ua: type([M, A]),
  ba: type([A]),
  v: type([A]),
  c: type([A]),
  Wy: type([H + M, V]),
};
type Params = Record<keyof typeof shapes, Tensor>;

const types = [shapes, type(["B", "S", M]), type(["B", H]), type(["T", "B"], "i32"), type(["T", "B"], "i32")] as const;
const names = [...Object.keys(shapes).sort(), "memory", "h", "words", "next"];

interface Looking {
  /** Whether scores read the sums of all earlier weights too. */
  readonly coverage?: boolean;
  /** Whether the bias is added at every step, to the query. */
  readonly biasInStep?: boolean;
}

/** The training step of a decoder with additive attention: loss and gradients. */
function decoderStep({ coverage = false, biasInStep = false }: Looking = {}): Program {
  const { program } = trace((params: Params, memory: Tensor, h0: Tensor, words: Tensor, next: Tensor) => {
    const loss = (p: Params) => {
      const projected = matmul(memory, p.Ua); // [B, S, A]
      const keys = biasInStep ? projected : add(projected, p.ba);
      const [, outputs] = scan(
        (s: { h: Tensor; seen: Tensor }, x: Tensor) => {
          const q = matmul(s.h, p.Wa);
          const query = expandDims(biasInStep ? add(q, p.ba) : q, { axis: 1 });
          const covered = coverage
            ? add(add(keys, query), mul(expandDims(s.seen, { axis: 2 }), p.c))
            : add(keys, query);
          const weights = softmax(squeeze(matmul(tanh(covered), expandDims(p.v, { axis: 1 })), { axis: 2 })); // [B, S]
          const context = squeeze(matmul(expandDims(weights, { axis: 1 }), memory), { axis: 1 }); // [B, M]
          const h = tanh(add(add(matmul(concat([x, context]), p.W), matmul(s.h, p.U)), p.b));
          return [{ h, seen: coverage ? add(s.seen, weights) : s.seen }, concat([h, context])];
        },
        { h: h0, seen: mul(sum(memory, { axis: 2 }), 0) },
        gather(p.E, words),
      );
      return mean(crossEntropy(matmul(outputs, p.Wy), next));
    };
    return valueAndGrad(loss, params);
  }, types);
  return { ...program, inputNames: names };
}

/** Shapes of all values, those in loops too. */
const shapesOf = ({ equations }: Program): Shape[] =>
  equations.flatMap(({ op, params, outputs }) => [
    ...outputs.map(({ shape }) => shape),
    ...((op as unknown) === scanOp ? shapesOf((params as ScanParams).body) : []),
  ]);

/** Of a value for every step and every entry of the memory of every sequence, A wide. */
const isProduct = (shape: Shape): boolean =>
  ["T", "B", "S"].every((name) => shape.flatMap((d) => namesOf(d)).includes(name)) && shape.some((d) => d === A);

describe.each<[string, Looking]>([
  ["", {}],
  ["with coverage", { coverage: true }],
  ["with a bias in the step", { biasInStep: true }],
])("the training step of a decoder with additive attention %s", (_, looking) => {
  const original = decoderStep(looking);
  const { program } = optimize(original, () => false);
  const loops = program.equations.filter(({ op }) => (op as unknown) === scanOp);

  test("has one loop forward and one backward", () => {
    expect(loops.map(({ params }) => (params as ScanParams).reverse)).toEqual([false, true]);
  });

  test("keeps no stack of what each step makes of every entry of the memory, [T, B, S, A]", () => {
    expect(
      shapesOf(program)
        .filter(isProduct)
        .map((shape) => shape.map(dimKey)),
    ).toEqual([]);
  });

  test("makes tanh(keys + q) again in the backward loop, and adds up the gradient of the keys there", () => {
    const { body, captures, carries } = (loops[1] as Node).params as ScanParams;
    const large = (shape: Shape) => shape.length === 3 && shape[2] === A;
    expect(body.equations.filter(({ op, outputs: [y] }) => op.name === "tanh" && large(y?.shape ?? []))).toHaveLength(
      1,
    );
    expect(body.inputs.slice(captures, captures + carries).filter(({ shape }) => large(shape))).toHaveLength(1);
  });

  test("computes the same, and is optimized no further by another run", () => {
    expectSame(original, program, [
      { T: 3, B: 2, S: 4 },
      { T: 1, B: 1, S: 1 },
      { T: 0, B: 2, S: 3 },
    ]);
    expect(optimize(program, () => false).program).toBe(program);
  });
});
