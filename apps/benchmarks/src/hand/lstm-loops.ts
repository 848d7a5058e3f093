import { type GraphBuilder, opsOf } from "./graph-builder.js";

// Inside the loops everything is feature-major, [rows, B]: the weight is then the product's left operand, which ONNX
// Runtime reads in place, where a right operand would be packed anew in each step.

/** Stacks over time, [T, H, B], that the forward loop leaves for the backward one: all of them values it makes anyway. */
export interface Saved {
  readonly i: string;
  readonly f: string;
  readonly o: string;
  readonly g: string;
  /** tanh(c_t), f·c_{t−1} and i·g: with these no stack of c is needed. */
  readonly tanhC: string;
  readonly fc: string;
  readonly ig: string;
}

/** The carry-free factors of the derivative. */
interface Factors {
  readonly i: string;
  readonly f: string;
  readonly o: string;
  readonly g: string;
  /** dc/dh: o·(1 − tanh²c). */
  readonly c: string;
}

interface ForwardInputs {
  readonly hiddenSize: number;
  /** Recurrent weights of the three sigmoid gates [3H, H] and of the candidate [H, H]. */
  readonly U: { readonly sigmoid: string; readonly tanh: string };
  /** The input's part of the gates: [T, 3H, B] and [T, H, B]. */
  readonly zx: { readonly sigmoid: string; readonly tanh: string };
  readonly h0: string;
  readonly c0: string;
}

/** h_t = o·tanh(c_t), c_t = f·c_{t−1} + i·g. Two products a step, one per kind of gate: cheaper than one and a split. */
export function forwardLoop(g: GraphBuilder, { hiddenSize: H, U, zx, h0, c0 }: ForwardInputs): Saved {
  const body = g.body("forward");
  const { gemm, sigmoid, tanh, mul, add, split } = opsOf(body);
  const h = body.input("h", "f32", [H, "B"]);
  const c = body.input("c", "f32", [H, "B"]);
  const zs = body.input("z_sigmoid", "f32", [3 * H, "B"]);
  const zg = body.input("z_tanh", "f32", [H, "B"]);

  const [i, f, o] = split(sigmoid(gemm(U.sigmoid, h, zs)), [H, H, H], 0) as [string, string, string];
  const candidate = tanh(gemm(U.tanh, h, zg));
  const fc = mul(f, c);
  const ig = mul(i, candidate);
  const cNext = add(fc, ig);
  const tanhC = tanh(cNext);

  const outputs = [mul(o, tanhC), cNext, i, f, o, candidate, tanhC, fc, ig];
  for (const value of outputs) body.output(value, "f32", [H, "B"]);
  const stacks = g.nodes("Scan", [h0, c0, zx.sigmoid, zx.tanh], outputs.length, {
    body: body.graph(),
    num_scan_inputs: 2,
  });
  const [, , si, sf, so, sg, sTanhC, sfc, sig] = stacks as [string, ...string[]];
  return { i: si, f: sf, o: so, g: sg, tanhC: sTanhC, fc: sfc, ig: sig } as Saved;
}

/** q·(1 − s) as q − q·s: a scalar 1 against [T, H, 1] is broadcast one element at a time, 16 times slower at B = 1. */
function factorsOf(g: GraphBuilder, { i, f, o, g: candidate, tanhC, fc, ig }: Saved, h: string): Factors {
  const { sub, mul } = opsOf(g);
  const less = (q: string, s: string): string => sub(q, mul(q, s));
  return { i: less(ig, i), f: less(fc, f), o: less(h, o), g: sub(i, mul(ig, candidate)), c: sub(o, mul(h, tanhC)) };
}

interface BackwardInputs {
  readonly hiddenSize: number;
  /** The recurrent weights, transposed: [H, 4H]. */
  readonly UT: string;
  readonly saved: Saved;
  /** Hidden states and the loss's gradient with respect to them, [T, H, B]. */
  readonly h: string;
  readonly dh: string;
  /** Zeros [H, B]. */
  readonly zero: string;
  /** Where the carry-free factors are made: at once for all steps, or in each step while they are in the cache. */
  readonly factors: "before" | "loop";
}

/** The gates' gradient dz, [T, 4H, B]. */
export function backwardLoop(g: GraphBuilder, inputs: BackwardInputs): string {
  const { hiddenSize: H, UT, saved, zero } = inputs;
  const body = g.body("backward");
  const { add, mul, concat, gemm } = opsOf(body);
  const carriedH = body.input("dh", "f32", [H, "B"]);
  const carriedC = body.input("dc", "f32", [H, "B"]);
  const stacks: string[] = [];
  const scanned = (name: string, stack: string, rows = H): string => {
    stacks.push(stack);
    return body.input(name, "f32", [rows, "B"]);
  };

  const dh = add(carriedH, scanned("dy", inputs.dh));
  let dc: string;
  let dz: string;
  let f: string;
  if (inputs.factors === "before") {
    const by = factorsOf(g, saved, inputs.h);
    const stacked = opsOf(g).concat([by.i, by.f, by.o, by.g], 1);
    dc = add(carriedC, mul(dh, scanned("by_c", by.c)));
    dz = mul(concat([dc, dc, dh, dc], 0), scanned("by", stacked, 4 * H));
    f = scanned("f", saved.f);
  } else {
    const entries = Object.entries(saved).map(([name, stack]) => [name, scanned(`saved_${name}`, stack as string)]);
    const step = Object.fromEntries(entries) as Saved;
    const by = factorsOf(body, step, scanned("saved_h", inputs.h));
    dc = add(carriedC, mul(dh, by.c));
    dz = concat([mul(dc, by.i), mul(dc, by.f), mul(dh, by.o), mul(dc, by.g)], 0);
    f = step.f;
  }
  body.output(gemm(UT, dz), "f32", [H, "B"]);
  body.output(mul(dc, f), "f32", [H, "B"]);
  body.output(dz, "f32", [4 * H, "B"]);
  return g.nodes("Scan", [zero, zero, ...stacks], 3, {
    body: body.graph(),
    num_scan_inputs: stacks.length,
    scan_input_directions: stacks.map(() => 1),
    scan_output_directions: [1],
  })[2] as string;
}
