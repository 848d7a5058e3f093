import { describe, expect, it } from "vitest";
import * as core from "../../src/index.js";
import { dim, ndarray, type Tensor, trace, type } from "../../src/index.js";

/** Every function of options on tensors, called with some that TypeScript would refuse, as JavaScript may. */
const OF_TENSOR: Record<string, [call: (x: Tensor, options: never) => unknown, expected: string]> = {
  sum: [core.sum, "axis, keepDims"],
  mean: [core.mean, "axis, keepDims"],
  max: [core.max, "axis, keepDims"],
  logsumexp: [core.logsumexp, "axis, keepDims"],
  softmax: [core.softmax, "axis"],
  logSoftmax: [core.logSoftmax, "axis"],
  argmax: [core.argmax, "axis"],
  concat: [(x, options) => core.concat([x, x], options), "axis"],
  stack: [(x, options) => core.stack([x, x], options), "axis"],
  split: [(x, options) => core.split(x, 2, options), "axis"],
  slice: [core.slice, "axis, start, end"],
  pad: [core.pad, "axis, before, after, value"],
  expandDims: [core.expandDims, "axis"],
  squeeze: [core.squeeze, "axis"],
  moveAxis: [core.moveAxis, "axis, to"],
  matmul: [(x, options) => core.matmul(x, x, options), "transposeA, transposeB"],
  layerNorm: [(x, options) => core.layerNorm(x, core.ones([2]), core.zeros([2]), options), "epsilon"],
  scan: [(x, options) => core.scan((c: Tensor) => [c, c], core.zeros([2]), x, options), "length, reverse"],
  vmap: [(x, options) => core.vmap((row: Tensor) => row, options)(x), "axis"],
};

describe("an option that an operation does not know is an error, not its default", () => {
  it.each(Object.entries(OF_TENSOR))("%s", (name, [call, expected]) => {
    const called = (options: unknown) => () =>
      trace((x: Tensor) => [call(x, options as never)] as never, [type([2, 2])]);
    expect(called({ axes: 0 })).toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        message: `${name}: the options have "axes"; expected { ${expected} }.`,
      }),
    );
    expect(called(1)).toThrow(`${name}: the options are the number 1; expected { ${expected} }.`);
    expect(called(null)).toThrow(`${name}: the options are null; expected { ${expected} }.`);
  });

  it("min, which is a max, says its own name", () => {
    expect(() => core.min(core.ones([2]), { axes: 0 } as never)).toThrow(/^min: the options have "axes"/);
  });

  it("conv2d, ndarray and compile", () => {
    const image = core.ones([1, 4, 4, 1]);
    expect(() => core.conv2d(image, core.ones([2, 2, 1, 1]), { strides: 2 } as never)).toThrow(
      'conv2d: the options have "strides"; expected { stride, padding }.',
    );
    expect(() => ndarray([1, 2], [2] as never)).toThrow(
      "ndarray: the options are an array of 1; expected { shape, dtype }.",
    );
    expect(() => core.compile({ compile() {} } as never, () => [], { donated: 0 } as never)).toThrow(
      'compile: the options have "donated"; expected { donate, dims }.',
    );
  });

  it("an axis that must be given, and is not, is a ShapeError", () => {
    const x = core.ones([2, dim("N")]);
    for (const op of [core.slice, core.pad, core.expandDims, core.squeeze] as ((x: Tensor, options: never) => Tensor)[])
      expect(() => op(x, {} as never)).toThrow(/axis undefined of a tensor of rank/);
  });

  it("an op's params are its options", () => {
    const x = core.ones([2, 3]);
    const again: [Tensor, (y: Tensor) => Tensor][] = [
      [core.slice(x, { axis: 1, end: 2 }), ({ node }) => core.slice(x, node.params as core.SliceParams)],
      [core.pad(x, { axis: 0, after: 1 }), ({ node }) => core.pad(x, node.params as core.PadParams)],
      [core.sum(x, { axis: 0 }), ({ node }) => core.sum(x, node.params as core.ReductionParams)],
      [core.concat([x, x], { axis: 0 }), ({ node }) => core.concat([x, x], node.params as { axis: number })],
    ];
    for (const [y, remade] of again) expect(remade(y).node.params).toEqual(y.node.params);
  });
});
