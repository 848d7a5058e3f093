import { describe, expect, test } from "vitest";
import {
  add,
  concat,
  countOps,
  fission,
  matmul,
  mul,
  scan,
  split,
  splitScans,
  sum,
  type Tensor,
  tanh,
  type,
} from "../../src/index.js";
import { programOf, rewrite, scansOf } from "./rule.js";

const weight = type([4, 4]);
const state = type(["B", 4]);
const types = { x: type(["T", "B", 4]), h: state, k: state, U: weight, V: weight, W: weight };
type Inputs = Record<keyof typeof types, Tensor>;
interface State {
  readonly h: Tensor;
  readonly k: Tensor;
}

const over = ({ x, h, k }: Inputs, step: (s: State, xt: Tensor) => [State, Tensor], reverse = false) =>
  scan((s: State, xt: Tensor) => step(s, xt), { h, k }, x, { reverse });

/** Carries of each scan, in the order in which they run. */
const carries = (fn: (inputs: Inputs) => unknown) => scansOf(rewrite(fission, types, fn)).map((s) => s.carries);

/** Two layers: the second reads the first's new state through a product. */
const layers =
  ({ U, V, W }: Inputs) =>
  (s: State, xt: Tensor): [State, Tensor] => {
    const h = tanh(add(matmul(s.h, U), xt));
    const k = tanh(add(matmul(h, W), matmul(s.k, V)));
    return [{ h, k }, k];
  };

describe("a scan becomes several, one after the other,", () => {
  test.each([false, true])("where the second state reads the first through a product (reverse: %s)", (reverse) => {
    const after = rewrite(fission, types, (inputs) => over(inputs, layers(inputs), reverse));
    expect(scansOf(after).map((s) => [s.carries, s.reverse])).toEqual([
      [1, reverse],
      [1, reverse],
    ]);
    // The product between them is what the first hands out; no state of that scan needs it, so split takes it out.
    expect(scansOf(after).map(({ body }) => countOps(body).matmul)).toEqual([2, 1]);
    expect(scansOf(splitScans(after)).map(({ body }) => countOps(body).matmul)).toEqual([1, 1]);
  });

  test("also where both states are joined under one weight", () => {
    expect(
      carries((inputs) =>
        over(inputs, (s, xt) => {
          const h = tanh(add(matmul(s.h, inputs.U), xt));
          return [{ h, k: tanh(matmul(concat([h, s.k]), concat([inputs.V, inputs.W], { axis: 0 }))) }, h];
        }),
      ),
    ).toEqual([1, 1]);
  });

  test("and what adds up runs with what it adds", () => {
    const summed = ({ x, h, k, U, V, W }: Inputs) =>
      scan(
        (s: State & { total: Tensor }, xt: Tensor) => {
          const [next, y] = layers({ x, h, k, U, V, W })(s, xt);
          return [{ ...next, total: add(s.total, next.h) }, y];
        },
        { h, k, total: h },
        x,
      );
    expect(carries(summed)).toEqual([2, 1]);
  });

  test("also inside the body of another scan", () => {
    const nested = rewrite(fission, types, (inputs) =>
      scan(
        (s: Tensor, xt: Tensor) => [add(s, over({ ...inputs, h: xt }, layers(inputs))[0].k), []],
        inputs.h,
        inputs.x,
      ),
    );
    expect(scansOf(scansOf(nested)[0]?.body as never)).toHaveLength(2);
  });
});

describe("a scan stays one", () => {
  test.each<[string, (inputs: Inputs) => unknown]>([
    ["that has one state", ({ x, h, U }) => scan((s, xt) => [tanh(add(matmul(s, U), xt)), s], h, x)],
    [
      "whose states need each other",
      (inputs) =>
        over(inputs, (s, xt) => {
          const h = tanh(add(matmul(s.k, inputs.U), xt));
          return [{ h, k: tanh(matmul(s.h, inputs.W)) }, h];
        }),
    ],
    [
      "whose states have only cheap work between them",
      (inputs) =>
        over(inputs, (s, xt) => {
          const h = tanh(add(matmul(s.h, inputs.U), xt));
          return [{ h, k: tanh(add(s.k, h)) }, h];
        }),
    ],
    [
      "whose states have nothing to do with each other: two loops cost more than one",
      (inputs) =>
        over(inputs, (s, xt) => [{ h: tanh(add(matmul(s.h, inputs.U), xt)), k: tanh(matmul(s.k, inputs.V)) }, xt]),
    ],
    [
      "where the first state's own loop makes the product",
      (inputs) =>
        over(inputs, (s, xt) => {
          const [h, y] = split(tanh(add(matmul(s.h, concat([inputs.U, inputs.W])), sum(xt))), 2) as [Tensor, Tensor];
          return [{ h: mul(h, y), k: tanh(add(s.k, y)) }, h];
        }),
    ],
  ])("%s", (_, fn) => {
    const program = programOf(types, fn);
    expect(fission(program)).toBe(program);
  });
});
