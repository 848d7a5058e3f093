import { add, compile, type DeviceArray, mul, ndarray, sub, type Tensor, trace, type } from "@throughtime/core";
import type { Tensor as OrtTensor } from "onnxruntime-common";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OrtBackend, ort } from "../../src/index.js";

let backend: OrtBackend;
beforeAll(async () => {
  backend = await ort({ device: "webgpu" });
});
afterAll(() => backend.close());

const locationOf = (array: DeviceArray): string => (array as DeviceArray & { tensor: OrtTensor }).tensor.location;

test("state stays on the GPU from step to step", async () => {
  const step = compile(backend, (w: Tensor, x: Tensor) => ({ w: sub(w, mul(0.5, x)) }), { donate: 0 });
  let w = (await step(ndarray([4, 8]) as never, ndarray([2, 4]) as never)).w as DeviceArray;
  for (let i = 0; i < 3; i++) {
    expect(locationOf(w)).toBe("gpu-buffer");
    w = (await step(w as never, ndarray([2, 4]) as never)).w as DeviceArray;
  }
  expect([...(await backend.download(w)).data]).toEqual([0, 0]);
});

test("there is one session for each combination of sizes", async () => {
  const { program } = trace((x: Tensor) => add(x, 1), [type(["N"])]);
  const executable = await backend.compile(program, { donate: [false] });
  const inputs = await Promise.all([3, 4, 3].map((n) => backend.upload(ndarray(new Float32Array(n)))));
  const before = backend.statistics().sessionsBuilt;
  for (const input of inputs) await executable.run([input]);
  expect(backend.statistics().sessionsBuilt - before).toBe(2);
});

test("a result outlives its executable", async () => {
  const { program } = trace((x: Tensor) => add(x, 1), [type([2])]);
  const executable = await backend.compile(program, { donate: [false] });
  const [y] = await executable.run([await backend.upload(ndarray([1, 2]))]);
  executable.release();
  expect([...(await backend.download(y as DeviceArray)).data]).toEqual([2, 3]);
});

test("the device says what really runs", () => {
  expect(backend.device).toMatch(/^ONNX Runtime 1\.30 · WebGPU$/);
});
