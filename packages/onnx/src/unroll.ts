import {
  concat,
  OptionError,
  type Program,
  replay,
  reshape,
  rewriteProgram,
  type ScanParams,
  slice,
  splitInputs,
  type Tensor,
  zeros,
} from "@throughtime/core";

/**
 * The Program with each scan written out step by step, for runtimes that have no loops. Throws OptionError where a
 * length is not a number; bind the Program first.
 */
export function unrollScans(program: Program): Program {
  return rewriteProgram(program, (node, inputs) =>
    node.op.name === "scan" ? unrolled(inputs, node.params as ScanParams) : undefined,
  );
}

function unrolled(inputs: readonly Tensor[], params: ScanParams): readonly Tensor[] {
  const { length, reverse } = params;
  if (typeof length !== "number") {
    throw new OptionError(
      `unroll: a scan has ${length.key} steps; only a number of them can be written out. Use bind().`,
    );
  }
  const body = unrollScans(params.body);
  const { captures, carries, xs } = splitInputs(inputs, params);
  const rows = xs.map((x) => (t: number) => reshape(slice(x, { axis: 0, start: t, end: t + 1 }), x.shape.slice(1)));
  let carry = carries;
  const ys: Tensor[][] = body.outputs.slice(params.carries).map(() => []);
  for (let step = 0; step < length; step++) {
    const t = reverse ? length - 1 - step : step;
    const outputs = replay(body, [...captures, ...carry, ...rows.map((row) => row(t))]);
    carry = outputs.slice(0, params.carries);
    ys.forEach((list, i) => {
      const y = outputs[params.carries + i] as Tensor;
      list[t] = reshape(y, [1, ...y.shape]);
    });
  }
  const stacks = ys.map((list, i) => {
    const { shape, dtype } = body.outputs[params.carries + i] as Tensor;
    return list.length === 0 ? zeros([0, ...shape], dtype) : concat(list, { axis: 0 });
  });
  return [...carry, ...stacks];
}
