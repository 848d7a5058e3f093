import { encodeGraph } from "@throughtime/onnx";
import { graphBuilder, opsOf } from "./graph-builder.js";
import { backwardLoop, forwardLoop } from "./lstm-loops.js";

export interface LstmStepOptions {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly learningRate: number;
  /**
   * "plain" multiplies every embedded token by W, as the formulas say: the products a PyTorch step makes too.
   * "commuted" multiplies the table by W and looks tokens up in the product, gather(E)·W = gather(E·W): the same
   * numbers for half the work where the vocabulary is smaller than T·B.
   */
  readonly embedding: "plain" | "commuted";
  /** See lstm-loops.ts. "before" is faster while a step's [H, B] values are small. */
  readonly factors: "before" | "loop";
  /** ONNX Runtime's ScatterND adds in a race when it has more than one thread; then a one-hot product stands in. */
  readonly scatter: "ScatterND" | "oneHot";
}

export type LstmWeight = "E" | "W" | "U" | "b" | "Wo" | "bo";

/** Gate rows of W, U and b stand in the order i f o g. */
export const lstmWeightShapes = (V: number, H: number): Record<LstmWeight, readonly number[]> => ({
  E: [V, H],
  W: [4 * H, H],
  U: [4 * H, H],
  b: [4 * H],
  Wo: [V, H],
  bo: [V],
});

/**
 * One training step of a character LM, written by hand as one ONNX graph for ONNX Runtime's CPU provider: embedding
 * E[V, H] → LSTM(H → H) → linear(H → V) → mean cross-entropy → all gradients through time → SGD. What our own compiler
 * is measured against: this is the graph it should find.
 *
 * Inputs: tokens and targets i32 [T, B], h0 and c0 f32 [H, B], the weights. Outputs: `loss` and, for each weight W,
 * `W_next`. T and B are dynamic.
 */
export function lstmStepModel(options: LstmStepOptions): Uint8Array {
  const { vocabularySize: V, hiddenSize: H, learningRate } = options;
  const rows = 4 * H;
  const g = graphBuilder("lstm_step");
  const { sub, mul, div, exp, gather, gemm, concat, transpose, reshape, slice, sum } = opsOf(g);
  const shapes = lstmWeightShapes(V, H);

  const tokens = g.input("tokens", "i32", ["T", "B"]);
  const targets = g.input("targets", "i32", ["T", "B"]);
  const h0 = g.input("h0", "f32", [H, "B"]);
  const c0 = g.input("c0", "f32", [H, "B"]);
  for (const [name, shape] of Object.entries(shapes)) g.input(name, "f32", shape);

  const sizes = g.node("Shape", [tokens]);
  const overTime = (x: string, n: number): string => g.node("Reshape", [x, concat([sizes, g.integers(n)], 0)]);
  const featureMajor = (x: string): string => transpose(x, 0, 2, 1); //     [T, B, n] → [T, n, B] and back
  const flat = (x: string, n: number): string => reshape(x, -1, n); //      [T, B, n] → [T·B, n]
  // Only ever transposed as stacks: the same on [T·B, n] takes three times as long.
  const rowsFirst = (stack: string, n: number): string => reshape(transpose(stack, 1, 0, 2), n, -1); // → [n, T·B]

  // SGD in the product that makes the gradient: weight − rate·(a·b).
  const descend = (name: LstmWeight, a: string, b: string, transA: 0 | 1): void => {
    gemm(a, b, name, { alpha: { float: -learningRate }, transA }, `${name}_next`);
  };
  const descendBy = (name: LstmWeight, gradient: string): void => {
    g.node("Sub", [name, mul(gradient, g.scalar(learningRate))], {}, `${name}_next`);
  };

  // Before the loop: the input's part of the gates, in the two groups that enter the loop.
  const embedded = flat(gather("E", tokens), H); //                           [T·B, H]
  const inputPart = (start: number, end: number): string => {
    const W = slice("W", start, end, 0);
    const b = slice("b", start, end, 0);
    const perToken = { transB: 1 };
    if (options.embedding === "commuted") return featureMajor(gather(gemm("E", W, b, perToken), tokens));
    return featureMajor(overTime(gemm(embedded, W, b, perToken), end - start));
  };
  const saved = forwardLoop(g, {
    hiddenSize: H,
    U: { sigmoid: slice("U", 0, 3 * H, 0), tanh: slice("U", 3 * H, rows, 0) },
    zx: { sigmoid: inputPart(0, 3 * H), tanh: inputPart(3 * H, rows) },
    h0,
    c0,
  });
  const h = mul(saved.o, saved.tanhC); //                                     [T, H, B]
  const hTimeMajor = featureMajor(h); //                                      [T, B, H]
  const hFlat = flat(hTimeMajor, H);

  // Between the loops: logits, loss and its gradient.
  const target = reshape(targets, -1);
  const logits = gemm(hFlat, "Wo", "bo", { transB: 1 }); //                   [T·B, V]
  const lossOf = g.nodes("SoftmaxCrossEntropyLoss", [logits, target], ["loss", "log_p"], { reduction: "mean" });
  const [loss, logP] = lossOf as [string, string];
  const eye = g.floats(
    [V, V],
    Array.from({ length: V * V }, (_, k) => (k % (V + 1) === 0 ? 1 : 0)),
  );
  const count = g.node("Cast", [g.node("Size", [tokens])], { to: FLOAT });
  // Rows of the unit matrix are one-hot rows: ten times faster than the operator OneHot.
  const dLogits = div(sub(exp(logP), gather(eye, target)), count);
  descend("Wo", dLogits, hFlat, 1);
  descendBy("bo", sum(dLogits, 0));

  const dz = backwardLoop(g, {
    hiddenSize: H,
    UT: transpose("U", 1, 0),
    saved,
    h,
    dh: featureMajor(overTime(gemm(dLogits, "Wo"), H)),
    zero: sub(c0, c0),
    factors: options.factors,
  });

  // After the loop: the weights' gradients, each one product over all steps.
  const dzRows = rowsFirst(dz, rows); //                                      [4H, T·B]
  const firstH = g.node("Unsqueeze", [transpose(h0, 1, 0), g.integers(0)]);
  const hBefore = flat(concat([firstH, slice(hTimeMajor, 0, -1, 0)], 0), H);
  descend("U", dzRows, hBefore, 0);
  const oneHot = (): string => gather(eye, reshape(tokens, -1)); //           [T·B, V]
  const indices = (): string => g.node("Cast", [reshape(tokens, -1, 1)], { to: INT64 });

  if (options.embedding === "commuted") {
    const zeros = g.node("ConstantOfShape", [g.integers(V, rows)]);
    const dTable =
      options.scatter === "ScatterND"
        ? g.node("ScatterND", [zeros, indices(), flat(featureMajor(dz), rows)], { reduction: "add" })
        : transpose(gemm(dzRows, oneHot()), 1, 0); //                         [V, 4H]
    descend("W", dTable, "E", 1);
    descend("E", dTable, "W", 0);
    descendBy("b", sum(dTable, 0));
  } else {
    descend("W", dzRows, embedded, 0);
    descendBy("b", sum(dzRows, 1));
    const dx = gemm(dzRows, "W", undefined, { transA: 1 }); //                [T·B, H]
    if (options.scatter === "oneHot") descend("E", oneHot(), dx, 1);
    else g.node("ScatterND", ["E", indices(), mul(dx, g.scalar(-learningRate))], { reduction: "add" }, "E_next");
  }

  g.output(loss, "f32", []);
  for (const [name, shape] of Object.entries(shapes)) g.output(`${name}_next`, "f32", shape);
  return encodeGraph(g.graph());
}

/** TensorProto.DataType. */
const FLOAT = 1;
const INT64 = 7;
