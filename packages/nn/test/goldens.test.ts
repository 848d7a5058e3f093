import {
  backpropagate,
  evaluateProgram,
  makeProgram,
  mul,
  type NdArray,
  ndarray,
  placeholders,
  sizeOf,
  sum,
  type Tensor,
  verify,
} from "@throughtime/core";
import { conv, groupNorm } from "@throughtime/nn";
import { slopes } from "@throughtime/testkit";
import { describe, expect, test } from "vitest";
import goldens from "./goldens/goldens.json" with { type: "json" };

/** As make_goldens.py makes them. */
const wave = (shape: readonly number[], salt: number): NdArray => {
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, k) => 0.5 * Math.sin(1.7 * k + 0.9 * salt));
  return ndarray(data, { shape });
};

const layers = { conv, groupNorm } as unknown as Record<string, (options: object) => AnyLayer>;
interface AnyLayer {
  apply(params: Record<string, Tensor>, x: Tensor): Tensor;
}

const programOf = (golden: (typeof goldens.cases)[number]) => {
  const layer = (layers[golden.layer] as (options: object) => AnyLayer)(golden.options);
  const names = Object.keys(golden.parameters);
  const inputs = [golden.x, ...(Object.values(golden.parameters) as number[][])].map(wave);
  const weights = wave(golden.shape, 3);
  const tensors = placeholders([...inputs, weights]);
  const [x, ...rest] = tensors.slice(0, -1) as [Tensor, ...Tensor[]];
  const y = layer.apply(Object.fromEntries(names.map((name, i) => [name, rest[i] as Tensor])), x);
  const dy = tensors.at(-1) as Tensor;
  const loss = sum(mul(y, dy));
  const gradients = backpropagate([y], [dy], [x, ...rest]) as Tensor[];
  return { tensors, inputs: [...inputs, weights], loss, y, gradients };
};

describe.each(goldens.cases)("$layer: $what", (golden) => {
  test("has PyTorch's values and gradients", () => {
    const { tensors, inputs, y, gradients } = programOf(golden);
    const program = makeProgram(tensors, [y, ...gradients]);
    verify(program);
    const [value, ...derivatives] = evaluateProgram(program, inputs) as [NdArray, ...NdArray[]];
    expect(value.shape).toEqual(golden.shape);
    expectClose(value, golden.y);
    expect(derivatives).toHaveLength(golden.gradients.length);
    derivatives.forEach((derivative, i) => {
      expectClose(derivative, golden.gradients[i] as number[]);
    });
  });

  test("has the gradient of central differences", () => {
    const { tensors, inputs, loss, gradients, y } = programOf(golden);
    const program = makeProgram(tensors, [loss, ...gradients, y]);
    for (const { input, error } of slopes(program, inputs)) expect(error, `input ${input}`).toBeLessThan(1e-8);
  });
});

function expectClose(actual: NdArray, expected: readonly number[]): void {
  expect(actual.data).toHaveLength(expected.length);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (actual.data[i] as number))), 0);
  expect(worst).toBeLessThan(1e-12);
}
