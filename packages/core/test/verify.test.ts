import { describe, expect, test } from "vitest";
import {
  add,
  makeProgram,
  mul,
  type Node,
  type Program,
  placeholders,
  reshape,
  type ScanParams,
  scan,
  sum,
  type Tensor,
  tanh,
  trace,
  type,
  verify,
} from "../src/index.js";

const good = trace((x: Tensor, y: Tensor) => [mul(tanh(x), y), sum(add(x, y))], [type([2, 3]), type([3])]).program;
const looped = trace(
  (x: Tensor, c: Tensor, w: Tensor) => scan((s: Tensor, xt: Tensor) => [tanh(add(s, mul(xt, w))), s], c, x),
  [type(["T", 3]), type([3]), type([3])],
).program;

const traceError = expect.objectContaining({ name: "TraceError" });

/** The Program with one equation replaced by a broken one. */
function broken(program: Program, at: number, change: Partial<Node>): Program {
  const equations = program.equations.map((node, i) => (i === at ? { ...node, ...change } : node));
  return { ...program, equations };
}

const scanWith = (change: (params: ScanParams, node: Node) => Partial<Node>): Program => {
  const at = looped.equations.findIndex(({ op }) => op.name === "scan");
  const node = looped.equations[at] as Node;
  return broken(looped, at, change(node.params as ScanParams, node));
};

describe("verify", () => {
  test("accepts what trace makes", () => {
    verify(good);
    verify(looped);
  });

  test("catches an operand that nothing defines", () => {
    const [stranger] = placeholders([type([2, 3])]) as [Tensor];
    expect(() => verify(broken(good, 0, { inputs: [stranger] }))).toThrow(
      /equation 0 \(tanh\) uses a tensor that nothing/,
    );
  });

  test("catches equations out of order", () => {
    expect(() => verify({ ...good, equations: [...good.equations].reverse() })).toThrow(traceError);
  });

  test("catches an equation that is missing", () => {
    expect(() => verify({ ...good, equations: good.equations.slice(1) })).toThrow(traceError);
  });

  test("catches an output that nothing defines", () => {
    const [stranger] = placeholders([type([])]) as [Tensor];
    expect(() => verify({ ...good, outputs: [stranger] })).toThrow("returns a tensor that it does not define");
  });

  test("catches one tensor as two inputs", () => {
    const [x] = placeholders([type([2])]) as [Tensor];
    expect(() => verify(makeProgram([x, x], [tanh(x)]))).toThrow("names one tensor as two inputs");
  });

  test("catches an output of another type than the op's rule says", () => {
    const [x] = placeholders([type([2, 3])]) as [Tensor];
    const y = reshape(x, [3, 2]);
    const wrong = makeProgram([x], [y]);
    expect(() => verify(broken(wrong, 0, { params: { shape: [6] } }))).toThrow(
      /output 0 as f32\[3, 2\], but its rule says f32\[6\]/,
    );
  });

  test("lets an op's own rule refuse", () => {
    const [x] = placeholders([type([2, 3])]) as [Tensor];
    const wrong = broken(makeProgram([x], [reshape(x, [6])]), 0, { params: { shape: [7] } });
    expect(() => verify(wrong)).toThrow(expect.objectContaining({ name: "ShapeError" }));
  });

  describe("of a scan", () => {
    test("catches a fault in the body, and says where it stands", () => {
      const wrong = scanWith((params) => ({ params: { ...params, body: { ...params.body, equations: [] } } }));
      expect(() => verify(wrong)).toThrow(/equation 0 \(scan\)\.body returns a tensor that it does not define/);
    });

    test("catches operands in another order than the body's", () => {
      const wrong = scanWith((_, { inputs }) => ({ inputs: [...inputs].reverse() }));
      expect(() => verify(wrong)).toThrow(expect.objectContaining({ name: "ShapeError" }));
    });

    test("catches an operand too few", () => {
      const wrong = scanWith((_, { inputs }) => ({ inputs: inputs.slice(1) }));
      expect(() => verify(wrong)).toThrow("scan: 2 operands, but its body takes 3");
    });

    test("catches xs of another length", () => {
      const wrong = scanWith((params) => ({ params: { ...params, length: 4 } }));
      expect(() => verify(wrong)).toThrow(expect.objectContaining({ name: "ShapeError" }));
    });

    test("catches a carry that comes back as another type", () => {
      const wrong = scanWith((params) => ({
        params: {
          ...params,
          body: makeProgram(
            params.body.inputs,
            params.body.outputs.map((y) => sum(y)),
          ),
        },
      }));
      expect(() => verify(wrong)).toThrow(/next carry 0 is f32; its body expects f32\[3\]/);
    });
  });
});
