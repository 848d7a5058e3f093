import { add, compile, type DeviceArray, matmul, mul, ndarray, sub, sum, type Tensor } from "@throughtime/core";
import type { CpuBackend } from "../../src/index.js";

/** Steps of donated state, with an input from the host in each. What is in use before and after, and the state's first element. */
export async function manySteps(backend: CpuBackend, steps: number) {
  const step = compile(backend, (w: Tensor, x: Tensor) => ({ w: sub(w, mul(x, 2 ** -10)), loss: sum(w) }), {
    donate: 0,
  });
  let w = await backend.upload(ndarray(new Float32Array(100)));
  const x = ndarray(new Float32Array(100).fill(1));
  const once = async () => {
    const result = await step(w, x);
    w = result.w as DeviceArray;
    backend.release(result.loss as DeviceArray);
  };
  await once();
  const before = backend.statistics();
  for (let i = 1; i < steps; i++) await once();
  const after = backend.statistics();
  const { data } = await backend.download(w);
  return { before, after, first: data[0] as number, expected: -steps * 2 ** -10 };
}

/** Different Programs, each compiled, run and released. What is in use before and after. */
export async function manyCompiles(backend: CpuBackend, programs: number) {
  const side = 8;
  const x = await backend.upload(ndarray(new Float32Array(side * side).fill(0.5), { shape: [side, side] }));
  const once = async (i: number) => {
    const square = compile(backend, (a: Tensor) => add(matmul(a, a), ndarray([[i]])));
    backend.release((await square(x)) as DeviceArray);
    square.release();
  };
  for (let i = 0; i < 3; i++) await once(i);
  await settled();
  const before = backend.statistics();
  for (let i = 3; i < programs; i++) await once(i);
  await settled();
  return { before, after: backend.statistics() };
}

/** What waits for its turn has had it. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 10));
