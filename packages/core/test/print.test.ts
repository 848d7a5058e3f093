import { expect, test } from "vitest";
import {
  add,
  countOps,
  gather,
  matmul,
  mul,
  ndarray,
  print,
  printEquation,
  scan,
  sigmoid,
  split,
  sum,
  type Tensor,
  tanh,
  trace,
  type,
} from "../src/index.js";

const lstm = trace(
  (p: { E: Tensor; W: Tensor; U: Tensor; b: Tensor }, ids: Tensor, state: { h: Tensor; c: Tensor }) => {
    const [last, hs] = scan(
      ({ h, c }: { h: Tensor; c: Tensor }, id: Tensor) => {
        const x = gather(p.E, id);
        const [i, f, o, g] = split(add(matmul(x, p.W), matmul(h, p.U), p.b), 4);
        const cNext = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
        const hNext = mul(sigmoid(o), tanh(cNext));
        return [{ h: hNext, c: cNext }, hNext];
      },
      state,
      ids,
      { reverse: true },
    );
    return { last, total: sum(hs, { axis: [0, 1], keepDims: true }), scale: mul(sum(hs), 0.5) };
  },
  [
    { E: type([7, 3]), W: type([3, 16]), U: type([4, 16]), b: type([16]) },
    type(["T", "B"], "i32"),
    { h: type(["B", 4]), c: type(["B", 4]) },
  ],
).program;

test("a Program prints one equation a line, bodies indented", () => {
  expect(print(lstm)).toMatchInlineSnapshot(`
    "(0.E: f32[7, 3], 0.W: f32[3, 16], 0.U: f32[4, 16], 0.b: f32[16], 1: i32[T, B], 2.h: f32[B, 4], 2.c: f32[B, 4]) {
      a: f32[B, 4], b: f32[B, 4], c: f32[T, B, 4] = scan(0.E, 0.W, 0.U, 0.b, 2.h, 2.c, 1, captures=4, carries=2, length=T, reverse=true) body (in0: f32[7, 3], in1: f32[3, 16], in2: f32[4, 16], in3: f32[16], in4: f32[B, 4], in5: f32[B, 4], in6: i32[B]) {
        a: f32[B, 3] = gather(in0, in6)
        b: f32[B, 16] = matmul(a, in1, transposeA=false, transposeB=false)
        c: f32[B, 16] = matmul(in4, in2, transposeA=false, transposeB=false)
        d: f32[B, 16] = add(b, c)
        e: f32[B, 16] = add(d, in3)
        f: f32[B, 4] = slice(e, axis=1, start=0, end=4)
        g: f32[B, 4] = slice(e, axis=1, start=4, end=8)
        h: f32[B, 4] = slice(e, axis=1, start=8, end=12)
        i: f32[B, 4] = slice(e, axis=1, start=12, end=16)
        j: f32[B, 4] = sigmoid(g)
        k: f32[B, 4] = mul(j, in5)
        l: f32[B, 4] = sigmoid(f)
        m: f32[B, 4] = tanh(i)
        n: f32[B, 4] = mul(l, m)
        o: f32[B, 4] = add(k, n)
        p: f32[B, 4] = sigmoid(h)
        q: f32[B, 4] = tanh(o)
        r: f32[B, 4] = mul(p, q)
        return r, o, r
      }
      d: f32[1, 1, 4] = sum(c, axis=[0, 1], keepDims=true)
      e: f32 = sum(c, axis=[0, 1, 2], keepDims=false)
      f: f32 = constant(value=0.5)
      g: f32 = mul(e, f)
      return a, b, d, g
    }"
  `);
});

test("an equation prints as it stands in its Program", () => {
  const node = lstm.equations.at(-1);
  expect(node && print(lstm).includes(printEquation(lstm, node))).toBe(true);
});

test("long constants are cut short", () => {
  const { program } = trace((x: Tensor) => [mul(x, ndarray([1, 2, 3, 4, 5, 6]))], [type([6])]);
  expect(print(program)).toContain("constant(value=[1, 2, 3, 4, … 6])");
});

test("more than 26 values go on with aa", () => {
  const { program } = trace((x: Tensor) => Array.from({ length: 30 }).reduce<Tensor>((y) => tanh(y), x), [type([1])]);
  expect(print(program)).toContain("aa: f32[1] = tanh(z)");
  expect(print(program)).toContain("return ad");
});

test("countOps counts what stands in bodies apart", () => {
  expect(countOps(lstm)).toMatchObject({ scan: 1, sum: 2, "scan/matmul": 2, "scan/sigmoid": 3, "scan/tanh": 2 });
});

test("letters that inputs have are not given to other values", () => {
  const { program } = trace(
    ({ a, c }: { a: Tensor; c: Tensor }) => mul(add(a, c), a),
    [{ a: type([2]), c: type([2]) }],
  );
  expect(print({ ...program, inputNames: ["a", "c"] })).toBe(`(a: f32[2], c: f32[2]) {
  b: f32[2] = add(a, c)
  d: f32[2] = mul(b, a)
  return d
}`);
});
