import { emitErf } from "../math/erf.js";
import { emitExp } from "../math/exp.js";
import { operandsOfHost } from "../math/host.js";
import { emitLog } from "../math/log.js";
import { emitSigmoid } from "../math/sigmoid.js";
import { emitTanh } from "../math/tanh.js";
import type { Expression } from "../plan/steps.js";
import type { Code } from "../wasm/code.js";
import type { SimdOp } from "../wasm/opcodes.js";
import type { Emit } from "./context.js";

/** Writes an op on lanes whose operands are on the stack. */
type Lanes = (code: Code, relaxed: boolean) => void;

const one =
  (name: SimdOp): Lanes =>
  (code) =>
    void code.op(name);

const F32: Readonly<Record<string, Lanes>> = {
  abs: one("f32x4.abs"),
  add: one("f32x4.add"),
  div: one("f32x4.div"),
  equal: one("f32x4.eq"),
  erf: emitErf,
  exp: emitExp,
  floor: one("f32x4.floor"),
  less: one("f32x4.lt"),
  lessEqual: one("f32x4.le"),
  log: emitLog,
  maximum: one("f32x4.max"),
  minimum: one("f32x4.min"),
  mul: one("f32x4.mul"),
  neg: one("f32x4.neg"),
  select: selectLanes,
  sigmoid: emitSigmoid,
  sign(code) {
    // ±1 where x is below or above 0, else x: 0 or NaN.
    const x = code.local("v128");
    code.tee(x).i32x4(-0x80000000).op("v128.and").f32x4(1).op("v128.or").get(x);
    code.get(x).op("f32x4.abs").f32x4(0).op("f32x4.gt").op("v128.bitselect").release(x);
  },
  sqrt: one("f32x4.sqrt"),
  sub: one("f32x4.sub"),
  tanh: emitTanh,
};

const I32: Readonly<Record<string, Lanes>> = {
  abs: one("i32x4.abs"),
  add: one("i32x4.add"),
  div: divideIntegers,
  equal: one("i32x4.eq"),
  less: one("i32x4.lt_s"),
  lessEqual: one("i32x4.le_s"),
  maximum: one("i32x4.max_s"),
  minimum: one("i32x4.min_s"),
  mul: one("i32x4.mul"),
  neg: one("i32x4.neg"),
  select: selectLanes,
  sign(code) {
    const x = code.local("v128");
    code.tee(x).i32x4(0).op("i32x4.lt_s").get(x).i32x4(0).op("i32x4.gt_s").op("i32x4.sub").release(x);
  },
  sub: one("i32x4.sub"),
};

const BOOL: Readonly<Record<string, Lanes>> = {
  and: one("v128.and"),
  equal: one("i32x4.eq"),
  not: one("v128.not"),
  or: one("v128.or"),
  select: selectLanes,
};

const TABLES = { f32: F32, i32: I32, bool: BOOL } as const;

/** Writes an op whose operands are on the stack, in order. With width 1 only the first lane counts. */
export function emitLanes(
  { module, relaxed }: Emit,
  code: Code,
  apply: Expression & { kind: "apply" },
  width: 1 | 4,
): void {
  const { op, from, to } = apply;
  const write = TABLES[from][op];
  if (op === "cast") emitCast(code, from, to);
  else if (write) write(code, relaxed);
  else {
    if (op === "pow") oneBeforeHost(code);
    emitHost(code, module.imported(op), operandsOfHost(op), width);
  }
}

/** [a, b] → [a, b or 0]: 1^b and (−1)^±∞ are 1, where Math.pow has NaN. */
function oneBeforeHost(code: Code): void {
  const [a, b] = [code.local("v128"), code.local("v128")];
  code.set(b).tee(a).get(b);
  code.get(a).f32x4(1).op("f32x4.eq").get(b).op("f32x4.abs").f32x4(Infinity).op("f32x4.eq").op("v128.or");
  code.get(a).op("f32x4.abs").f32x4(1).op("f32x4.eq").op("v128.and").op("v128.andnot");
  for (const local of [a, b]) code.release(local);
}

/** [condition, a, b] → a where the mask is set, else b. */
function selectLanes(code: Code): void {
  const [a, b, condition] = [code.local("v128"), code.local("v128"), code.local("v128")];
  code.set(b).set(a).set(condition).get(a).get(b).get(condition).op("v128.bitselect");
  for (const local of [a, b, condition]) code.release(local);
}

/**
 * Towards zero; f64's quotient of two i32 is never rounded across an integer. −2³¹ / −1 wraps, as −(−2³¹) does. A divisor
 * of 0 gives what it gives.
 */
function divideIntegers(code: Code): void {
  const [a, b, low, negated] = [code.local("v128"), code.local("v128"), code.local("v128"), code.local("v128")];
  const byMinusOne = code.local("v128");
  const upper = [8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0];
  const quotient = () =>
    code
      .get(a)
      .op("f64x2.convert_low_i32x4_s")
      .get(b)
      .op("f64x2.convert_low_i32x4_s")
      .op("f64x2.div")
      .op("i32x4.trunc_sat_f64x2_s_zero");
  code.set(b).tee(a).set(negated);
  code.i32x4(0).get(negated).op("i32x4.sub").set(negated);
  code.get(b).i32x4(-1).op("i32x4.eq").set(byMinusOne);
  quotient().set(low);
  code.get(a).get(a).shuffle(upper).set(a).get(b).get(b).shuffle(upper).set(b);
  code.get(low);
  quotient().shuffle([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]).set(low);
  code.get(negated).get(low).get(byMinusOne).op("v128.bitselect");
  for (const local of [a, b, low, negated, byMinusOne]) code.release(local);
}

function emitCast(code: Code, from: string, to: string): void {
  if (from === to) return;
  if (to === "bool") code.i32x4(0).op(from === "f32" ? "f32x4.ne" : "i32x4.ne");
  else if (from === "bool") (to === "f32" ? code.f32x4(1) : code.i32x4(1)).op("v128.and");
  else code.op(to === "f32" ? "f32x4.convert_i32x4_s" : "i32x4.trunc_sat_f32x4_s");
}

/** Lane by lane through a function of the host. */
function emitHost(code: Code, index: number, operands: 1 | 2, width: 1 | 4): void {
  const [a, b, result] = [code.local("v128"), code.local("v128"), code.local("v128")];
  if (operands === 2) code.set(b);
  code.tee(a).set(result);
  for (let lane = 0; lane < width; lane++) {
    code.get(result).get(a).lane("f32x4.extract_lane", lane);
    if (operands === 2) code.get(b).lane("f32x4.extract_lane", lane);
    code.call(index).lane("f32x4.replace_lane", lane).set(result);
  }
  code.get(result);
  for (const local of [a, b, result]) code.release(local);
}
