import {
  add,
  and,
  cast,
  concat,
  constant,
  conv2d,
  gather,
  less,
  matmul,
  maxPool2d,
  mul,
  ndarray,
  ones,
  scan,
  select,
  sigmoid,
  softmax,
  split,
  sub,
  sum,
  type Tensor,
  tanh,
  zeros,
} from "@throughtime/core";
import { indices, type Operand, operand } from "./values.js";

/** A Program with a scan in it. */
export interface ScanProgram {
  readonly name: string;
  readonly operands: readonly Operand[];
  readonly fn: (xs: readonly Tensor[]) => readonly Tensor[];
  /** Left out where nothing but integers flows. Default: true. */
  readonly differentiable?: boolean;
}

const [T, B, D, H] = [5, 3, 4, 6];

type Step = (h: Tensor, x: Tensor) => [Tensor, Tensor];

/** h′ = tanh(x·W + h·U); y = h′. */
const rnn =
  (W: Tensor, U: Tensor): Step =>
  (h, x) => {
    const next = tanh(add(matmul(x, W), matmul(h, U)));
    return [next, next];
  };

const xs = operand([T, B, D]);
const h0 = operand([B, H]);
const W = operand([D, H]);
const U = operand([H, H]);

/** A named scan of the RNN above over `length` steps. */
const rnnOver = (name: string, length: number, reverse = false, batch = B): ScanProgram => ({
  name,
  operands: [operand([length, batch, D]), operand([batch, H]), W, U],
  fn: ([x, h, w, u]) => scan(rnn(w as Tensor, u as Tensor), h as Tensor, x as Tensor, { reverse }),
});

/** h′ = tanh(w∗h + w∗x), y = its maxima: the convolution of the state stays in the loop, that of the frames leaves it. */
const film: ScanProgram = {
  name: "convolutions",
  operands: [operand([T, 2, 3, 6, 5]), operand([2, 3, 6, 5]), operand([3, 3, 3, 3])],
  fn: ([frames, h0, w]) => {
    const kernel = mul(w as Tensor, 0.1);
    const step: Step = (h, x) => {
      const next = tanh(add(conv2d(h, kernel, { padding: 1 }), conv2d(x, kernel, { padding: 1 })));
      return [next, maxPool2d(next, { size: 2 })];
    };
    return scan(step, h0 as Tensor, frames as Tensor);
  },
};

export const SCANS: readonly ScanProgram[] = [
  film,
  rnnOver("forward", T),
  rnnOver("reverse", T, true),
  rnnOver("lengthOne", 1),
  rnnOver("lengthOneReverse", 1, true),
  rnnOver("lengthZero", 0),
  rnnOver("lengthZeroReverse", 0, true),
  rnnOver("long", 100),
  rnnOver("emptyBatch", T, false, 0),
  {
    name: "onlyYs",
    operands: [xs, W],
    fn: ([x, w]) => [scan((c: Tensor[], xt: Tensor) => [c, tanh(matmul(xt, w as Tensor))], [], x as Tensor)[1]],
  },
  {
    name: "onlyYsLengthZero",
    operands: [operand([0, B, D]), W],
    fn: ([x, w]) => [scan((c: Tensor[], xt: Tensor) => [c, tanh(matmul(xt, w as Tensor))], [], x as Tensor)[1]],
  },
  {
    name: "onlyCarry",
    operands: [xs, operand([B, D])],
    fn: ([x, c0]) => [scan((c: Tensor, xt: Tensor) => [tanh(add(mul(c, 0.5), xt)), []], c0 as Tensor, x as Tensor)[0]],
  },
  {
    name: "noXs",
    operands: [h0, U],
    fn: ([h, u]) =>
      scan(
        (c: Tensor, _: Tensor[]) => {
          const next = tanh(matmul(c, u as Tensor));
          return [next, next];
        },
        h as Tensor,
        [],
        { length: 4 },
      ),
  },
  {
    name: "scalarCarry",
    operands: [operand([7])],
    fn: ([x]) => scan((c: Tensor, xt: Tensor) => [add(mul(c, 0.9), xt), mul(c, xt)], constant(0.5), x as Tensor),
  },
  {
    name: "unchangedCarry",
    operands: [xs, operand([B, D])],
    fn: ([x, c0]) => scan((c: Tensor, xt: Tensor) => [c, mul(c, xt)], c0 as Tensor, x as Tensor),
  },
  {
    name: "swappedCarries",
    operands: [xs, operand([B, D]), operand([B, D])],
    fn([x, a0, b0]) {
      const [{ a, b }, y] = scan(
        (c: { a: Tensor; b: Tensor }, xt: Tensor) => [{ a: c.b, b: tanh(add(c.a, xt)) }, sub(c.a, c.b)],
        { a: a0 as Tensor, b: b0 as Tensor },
        x as Tensor,
      );
      return [a, b, y];
    },
  },
  {
    name: "severalXs",
    operands: [xs, operand([T, B, 1]), operand([T]), operand([B, D])],
    fn([a, b, c, c0]) {
      const [last, ys] = scan(
        (carry: Tensor, x: { a: Tensor; b: Tensor; c: Tensor }) => {
          const next = tanh(add(mul(carry, x.b), mul(x.a, x.c)));
          return [next, { next, scaled: mul(x.a, x.c), x: x.b }];
        },
        c0 as Tensor,
        { a: a as Tensor, b: b as Tensor, c: c as Tensor },
      );
      return [last, ys.next, ys.scaled, ys.x];
    },
  },
  {
    name: "ysOfEveryOrigin",
    operands: [xs, operand([B, D]), operand([D])],
    fn([x, c0, w]) {
      const outer = tanh(w as Tensor);
      const [last, ys] = scan(
        (c: Tensor, xt: Tensor) => [
          tanh(add(c, xt)),
          [c, xt, outer, constant(ndarray([1, 2])), mul(outer, xt), mul(outer, 2)],
        ],
        c0 as Tensor,
        x as Tensor,
      );
      return [last, ...ys];
    },
  },
  {
    name: "oneValueTwice",
    operands: [xs, operand([B, D])],
    fn([x, c0]) {
      const [[a, b], ys] = scan(
        ([p, q]: [Tensor, Tensor], xt: Tensor): [[Tensor, Tensor], Tensor[]] => {
          const next = tanh(add(mul(p, q), xt));
          return [
            [next, next],
            [next, next],
          ];
        },
        [c0 as Tensor, c0 as Tensor],
        x as Tensor,
      );
      return [a, b, ...ys];
    },
  },
  {
    name: "integerCarry",
    operands: [xs, operand([B, D])],
    fn([x, c0]) {
      const [[sumOf, count], ys] = scan(
        ([c, n]: [Tensor, Tensor], xt: Tensor): [[Tensor, Tensor], [Tensor, Tensor]] => [
          [add(c, mul(xt, cast(n, "f32"))), add(n, 2)],
          [c, n],
        ],
        [c0 as Tensor, constant(ndarray(1, { dtype: "i32" }))],
        x as Tensor,
      );
      return [sumOf, count, ...ys];
    },
  },
  {
    name: "booleanCarry",
    operands: [xs, operand([B, D])],
    fn([x, c0]) {
      const [[c, still], ys] = scan(
        ([h, on]: [Tensor, Tensor], xt: Tensor): [[Tensor, Tensor], Tensor] => [
          [select(on, tanh(add(h, xt)), h), and(on, less(sum(xt), 100))],
          h,
        ],
        [c0 as Tensor, constant(ndarray(true))],
        x as Tensor,
      );
      return [c, still, ys];
    },
  },
  {
    name: "integerXs",
    operands: [indices([T, B], 7), h0, operand([7, H]), U],
    fn: ([ids, h, table, u]) =>
      scan(
        (c: Tensor, id: Tensor) => {
          const next = tanh(add(gather(table as Tensor, id), matmul(c, u as Tensor)));
          return [next, next];
        },
        h as Tensor,
        ids as Tensor,
      ),
  },
  {
    // Steps beyond a row's length leave its state alone.
    name: "masked",
    operands: [xs, operand([T, B, 1], "bool"), h0, W, U],
    fn: ([x, on, h, w, u]) =>
      scan(
        (c: Tensor, [xt, mt]: [Tensor, Tensor]) => {
          const next = select(mt, rnn(w as Tensor, u as Tensor)(c, xt)[0], c);
          return [next, next];
        },
        h as Tensor,
        [x as Tensor, on as Tensor],
      ),
  },
  {
    name: "lstm",
    operands: [xs, h0, h0, operand([D, 4 * H]), operand([H, 4 * H]), operand([4 * H])],
    fn([x, h, c, w, u, b]) {
      const [last, ys] = scan(
        (state: { h: Tensor; c: Tensor }, xt: Tensor) => {
          const [i, f, o, g] = split(add(matmul(xt, w as Tensor), matmul(state.h, u as Tensor), b as Tensor), 4);
          const cNext = add(mul(sigmoid(f), state.c), mul(sigmoid(i), tanh(g)));
          const hNext = mul(sigmoid(o), tanh(cNext));
          return [{ h: hNext, c: cNext }, hNext];
        },
        { h: h as Tensor, c: c as Tensor },
        x as Tensor,
      );
      return [last.h, last.c, ys];
    },
  },
  {
    name: "twoInARow",
    operands: [xs, h0, W, U, operand([H, H])],
    fn([x, h, w, u, v]) {
      const [a, first] = scan(rnn(w as Tensor, u as Tensor), h as Tensor, x as Tensor);
      const [b, second] = scan(rnn(v as Tensor, u as Tensor), a, first, { reverse: true });
      return [b, second];
    },
  },
  {
    name: "bidirectional",
    operands: [xs, h0, W, U],
    fn([x, h, w, u]) {
      const step = rnn(w as Tensor, u as Tensor);
      const [, forward] = scan(step, h as Tensor, x as Tensor);
      const [, backward] = scan(step, h as Tensor, x as Tensor, { reverse: true });
      return [concat([forward, backward])];
    },
  },
  {
    name: "nested",
    operands: [xs, h0, W, U, operand([2, B, H])],
    fn: ([x, h, w, u, inner]) =>
      scan(
        (c: Tensor, xt: Tensor) => {
          const started = rnn(w as Tensor, u as Tensor)(c, xt)[0];
          const [last, ys] = scan((d: Tensor, z: Tensor) => [tanh(add(d, z)), mul(d, c)], started, inner as Tensor);
          return [last, sum(ys, { axis: 0 })];
        },
        h as Tensor,
        x as Tensor,
      ),
  },
  {
    name: "nestedReverse",
    operands: [operand([3, 2, B, H]), h0, U],
    fn: ([x, h, u]) =>
      scan(
        (c: Tensor, rows: Tensor) => scan(rnn(u as Tensor, u as Tensor), c, rows, { reverse: true }),
        h as Tensor,
        x as Tensor,
      ),
  },
  {
    name: "nestedNoXs",
    operands: [operand([3, B, H]), h0],
    fn: ([x, h]) =>
      scan(
        (c: Tensor, xt: Tensor) => {
          const [next] = scan((d: Tensor, _: Tensor[]) => [tanh(add(mul(d, 0.5), xt)), []], c, [], { length: 2 });
          return [next, next];
        },
        h as Tensor,
        x as Tensor,
      ),
  },
  {
    name: "nestedZeroLength",
    operands: [operand([3, B, H]), h0],
    fn: ([x, h]) =>
      scan(
        (c: Tensor, xt: Tensor) => {
          const [next, ys] = scan((d: Tensor, _: Tensor[]) => [tanh(d), d], c, [], { length: 0 });
          return [tanh(add(next, xt)), ys];
        },
        h as Tensor,
        x as Tensor,
      ),
  },
  {
    // Attention over what the encoder made, in every step of the decoder.
    name: "attention",
    operands: [operand([4, B, H]), operand([3, B, H]), h0, U],
    fn: ([encoded, x, h, u]) =>
      scan(
        (c: Tensor, xt: Tensor) => {
          const scores = sum(mul(encoded as Tensor, c), { axis: 2, keepDims: true });
          const context = sum(mul(softmax(scores, { axis: 0 }), encoded as Tensor), { axis: 0 });
          const next = tanh(add(matmul(context, u as Tensor), xt));
          return [next, next];
        },
        h as Tensor,
        x as Tensor,
      ),
  },
  {
    name: "onlyIntegers",
    differentiable: false,
    operands: [indices([T, B], 5)],
    fn: ([ids]) => scan((c: Tensor, id: Tensor) => [add(c, id), less(c, id)], zeros([B], "i32"), ids as Tensor),
  },
  {
    name: "constantsOnly",
    operands: [xs],
    fn: ([x]) => scan((c: Tensor, xt: Tensor) => [add(mul(c, 0.5), 1), mul(xt, c)], ones([B, 1]), x as Tensor),
  },
];
