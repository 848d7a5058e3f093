import { reference } from "@throughtime/backend-reference";
import { describe, expect, test } from "vitest";
import {
  add,
  compile,
  dim,
  grad,
  matmul,
  mul,
  ndarray,
  print,
  scan,
  sum,
  type Tensor,
  tanh,
  trace,
  type,
  verify,
  vmap,
} from "../src/index.js";

const traceError = expect.objectContaining({ name: "TraceError" });

describe("trace", () => {
  test("runs the function once and records its equations", () => {
    let calls = 0;
    const { program } = trace(
      (x: Tensor, w: Tensor) => {
        calls++;
        return [tanh(matmul(x, w))];
      },
      [type(["B", 3]), type([3, 4])],
    );
    expect(calls).toBe(1);
    verify(program);
    expect(program.equations.map(({ op }) => op.name)).toEqual(["matmul", "tanh"]);
  });

  test("names inputs and outputs by their paths", () => {
    const { program } = trace(
      (p: { W: Tensor; b: Tensor }, x: Tensor) => ({ y: add(matmul(x, p.W), p.b), size: { loss: sum(x) } }),
      [{ W: type([3, 4]), b: type([4]) }, type([2, 3])],
    );
    expect(program.inputNames).toEqual(["0.W", "0.b", "1"]);
    expect(program.outputNames).toEqual(["y", "size.loss"]);
  });

  test("leaves out what no output needs", () => {
    const { program } = trace(
      (x: Tensor) => {
        mul(x, tanh(x));
        return [add(x, 1)];
      },
      [type([2])],
    );
    expect(program.equations.map(({ op }) => op.name)).toEqual(["constant", "add"]);
  });

  test("makes constants of numbers and host data among the results", () => {
    const { program } = trace((x: Tensor) => ({ x, one: 1, host: ndarray([1, 2]) }), [type([2])]);
    expect(program.outputs.map(({ node }) => node.op.name)).toEqual(["placeholder", "constant", "constant"]);
  });

  test("takes types from anything that has a shape and a dtype", () => {
    const { program } = trace((x: Tensor) => [tanh(x)], [ndarray([[1, 2]])]);
    expect(program.inputs[0]?.shape).toEqual([1, 2]);
  });

  test("an error of shapes comes out of the line that made it", () => {
    const wrong = () =>
      trace(
        function model(x: Tensor, w: Tensor) {
          return [matmul(x, w)];
        },
        [type([2, 3]), type([4, 5])],
      );
    expect(wrong).toThrow(expect.objectContaining({ name: "ShapeError", stack: expect.stringContaining("at model") }));
  });
});

describe("a tensor that leaves the function it belongs to", () => {
  const leak = (body: (keep: (x: Tensor) => void, x: Tensor) => unknown) => () => {
    let kept: Tensor | undefined;
    trace(
      (x: Tensor) => {
        const result = body((inner) => {
          kept = inner;
        }, x);
        return [add(kept as Tensor, 1), result];
      },
      [type([4, 3])],
    );
  };
  const over = (x: Tensor, step: (row: Tensor) => void) =>
    scan(
      (c: Tensor, row: Tensor) => {
        step(row);
        return [add(c, row), []];
      },
      sum(x, { axis: 0 }),
      x,
    )[0];

  test("out of a scan is an error", () => {
    expect(leak((keep, x) => over(x, (row) => keep(tanh(row))))).toThrow(traceError);
    expect(leak((keep, x) => over(x, keep))).toThrow(/a tensor made inside a scan, grad or vmap is valid only inside/i);
  });

  test("out of a vmap is an error", () => {
    expect(
      leak((keep, x) =>
        vmap((row: Tensor) => {
          keep(mul(row, 2));
          return tanh(row);
        })(x),
      ),
    ).toThrow(traceError);
  });

  test("out of one scan into another is an error", () => {
    const wrong = () =>
      trace(
        (x: Tensor) => {
          let kept: Tensor | undefined;
          const first = over(x, (row) => {
            kept = row;
          });
          return [first, scan((c: Tensor, row: Tensor) => [add(c, mul(row, kept as Tensor)), []], first, x)[0]];
        },
        [type([4, 3])],
      );
    expect(wrong).toThrow(traceError);
  });

  test("out of an inner scan into the outer one is an error", () => {
    const wrong = () =>
      trace(
        (x: Tensor) => {
          let kept: Tensor | undefined;
          return [
            scan(
              (c: Tensor, rows: Tensor) => {
                const inner = scan(
                  (d: Tensor, row: Tensor) => {
                    kept = tanh(row);
                    return [add(d, row), []];
                  },
                  c,
                  rows,
                )[0];
                return [add(inner, kept as Tensor), []];
              },
              sum(x, { axis: [0, 1] }),
              x,
            )[0],
          ];
        },
        [type([4, 2, 3])],
      );
    expect(wrong).toThrow(traceError);
  });

  test("out of one trace into another is an error", () => {
    let kept: Tensor | undefined;
    trace(
      (x: Tensor) => {
        kept = x;
        return [x];
      },
      [type([2])],
    );
    expect(() => trace((y: Tensor) => [add(y, kept as Tensor)], [type([2])])).toThrow(traceError);
  });

  test("into a scan, a vmap or a gradient is what they are for", () => {
    const { program } = trace(
      (x: Tensor) => {
        const outer = tanh(x);
        const total = sum(outer, { axis: 0 });
        const scanned = scan((c: Tensor, row: Tensor) => [add(mul(c, total), row), []], total, x)[0];
        const mapped = vmap((row: Tensor) => mul(row, total))(x);
        return [scanned, mapped, grad((v: Tensor) => sum(mul(v, outer)), x)];
      },
      [type(["T", 3])],
    );
    verify(program);
    expect(program.outputs[1]?.shape).toEqual([dim("T"), 3]);
  });
});

test("a result that is no tensor is named by its path", () => {
  expect(() => trace((x: Tensor) => ({ a: { b: "x" }, x }), [type([2])])).toThrow(
    'trace: the result.a.b is the string "x"; expected tensors',
  );
});

test("what is printed can be read", () => {
  const { program } = trace(
    (p: { W: Tensor }, x: Tensor) => [tanh(matmul(x, p.W))],
    [{ W: type([3, 4]) }, type(["B", 3])],
  );
  expect(print(program)).toMatchInlineSnapshot(`
    "(0.W: f32[3, 4], 1: f32[B, 3]) {
      a: f32[B, 4] = matmul(1, 0.W, transposeA=false, transposeB=false)
      b: f32[B, 4] = tanh(a)
      return b
    }"
  `);
});

test("a function compiled on a backend meets the same errors at its first call", async () => {
  const f = compile(reference(), (x: Tensor, w: Tensor) => matmul(x, w));
  await expect(f(ndarray([[1, 2]]), ndarray([[1, 2]]))).rejects.toMatchObject({ name: "ShapeError" });
});
