import {
  type Backend,
  bind,
  type DeviceArray,
  type DType,
  type Executable,
  inferSizes,
  inlineComposites,
  isProgram,
  type NdArray,
  type Program,
  print,
  shapeText,
  type Tensor,
  type Type,
  trace,
} from "@throughtime/core";
import { difference, evaluateInF64, type Tolerance } from "../compare.js";
import { type Context, fail } from "./case.js";

/** The Program of a function over a list of tensors. */
export const programOf = (fn: (xs: readonly Tensor[]) => Tensor | readonly Tensor[], types: readonly Type[]): Program =>
  trace((...xs: Tensor[]) => {
    const result = fn(xs);
    return Array.isArray(result) ? result : [result];
  }, types).program;

/** The Program with every composite that the backend does not claim lowered to primitives. */
export const lowered = (backend: Backend, program: Program): Program =>
  inlineComposites(program, (op, dtype) => backend.supports(op, dtype));

/** Ops and dtypes of a Program that the backend says it does not run; an input alone counts as what hands it through. */
export function unsupported(backend: Backend, program: Program): string[] {
  const refused = (op: string, types: readonly Type[]): string[] =>
    types.filter(({ dtype }) => !backend.supports(op, dtype)).map(({ dtype }) => `${op} (${dtype})`);
  const f64 = (types: readonly Type[]): Type[] => types.filter(({ dtype }) => dtype === "f64");
  return [
    ...refused("identity", f64(program.inputs)),
    ...program.equations.flatMap(({ op, inputs, outputs, params }) => [
      ...refused(op.name, [...f64(inputs), ...outputs]),
      ...Object.values(params).flatMap((value) => (isProgram(value) ? unsupported(backend, value) : [])),
    ]),
  ];
}

export async function compileOn(
  backend: Backend,
  program: Program,
  donate: readonly boolean[] = program.inputs.map(() => false),
): Promise<Executable> {
  const ready = lowered(backend, program);
  const missing = unsupported(backend, ready);
  if (missing.length > 0) {
    fail(
      `${backend.name} says that it does not run ${[...new Set(missing)].join(", ")}. Skip the test with the reason.`,
    );
  }
  return backend.compile(ready, { donate });
}

/** Runs an executable on host data; everything that it puts on the backend is released. */
export async function runOn(backend: Backend, executable: Executable, inputs: readonly NdArray[]): Promise<NdArray[]> {
  const arrays: DeviceArray[] = [];
  try {
    for (const input of inputs) arrays.push(await backend.upload(input));
    const outputs = await executable.run(arrays);
    for (const output of outputs) arrays.push(output);
    return await Promise.all(outputs.map((output) => backend.download(output)));
  } finally {
    for (const array of new Set(arrays)) backend.release(array);
  }
}

/** Compiles, runs and releases. */
export async function execute(backend: Backend, program: Program, inputs: readonly NdArray[]): Promise<NdArray[]> {
  const executable = await compileOn(backend, program);
  try {
    return await runOn(backend, executable, inputs);
  } finally {
    executable.release();
  }
}

/** Fails unless the backend's outputs are those of `evaluate` in f64, in shape, dtype and value. */
export async function checkProgram(
  { backend, tolerance }: Context,
  name: string,
  program: Program,
  inputs: readonly NdArray[],
): Promise<void> {
  const actual = await execute(backend, program, inputs);
  const bound = bind(
    program,
    inferSizes(
      program,
      inputs.map(({ shape }) => shape),
    ),
  );
  checkOutputs(bound, actual, evaluateInF64(bound, inputs), (dtype) => tolerance(name, dtype));
}

export function checkOutputs(
  program: Program,
  actual: readonly NdArray[],
  expected: readonly NdArray[],
  tolerance: (dtype: DType, output: number) => Tolerance,
): void {
  if (actual.length !== expected.length) fail(`received ${actual.length} outputs, expected ${expected.length}`);
  expected.forEach((exact, i) => {
    const output = actual[i] as NdArray;
    const { dtype } = program.outputs[i] as Tensor;
    const wrong =
      output.dtype === dtype
        ? difference(output, exact, tolerance(dtype, i))
        : `dtype ${output.dtype}, expected ${dtype} of shape ${shapeText(exact.shape)}`;
    if (wrong) fail(`output ${i}: ${wrong}\n${print(program)}`);
  });
}
