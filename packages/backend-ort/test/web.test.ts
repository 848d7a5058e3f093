import { add, compile, type DeviceArray, mul, ndarray, type Tensor } from "@throughtime/core";
import * as runtime from "onnxruntime-web";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OrtBackend, ort } from "../src/index.js";

// onnxruntime-web in Node; in Chromium it runs in tooling/browser.

let backend: OrtBackend;
beforeAll(async () => {
  backend = await ort({ ort: runtime, threads: 1 });
});
afterAll(() => backend.close());

test("onnxruntime-web can be handed in, and computes what onnxruntime-node does", async () => {
  expect(backend.device).toBe("ONNX Runtime 1.30 · WebAssembly · 1 thread");
  const step = compile(backend, (w: Tensor, x: Tensor) => ({ w: mul(w, 2), y: add(w, x) }), { donate: 0 });
  let result = await step(ndarray([1, 2]), ndarray([10, 10]));
  for (let i = 0; i < 3; i++) result = await step(result.w as never, ndarray([10, 10]));
  const values = async (array: unknown) => [...(await backend.download(array as DeviceArray)).data];
  expect([await values(result.w), await values(result.y)]).toEqual([
    [16, 32],
    [18, 26],
  ]);
});

test("two backends on one runtime work at once", async () => {
  const other = await ort({ ort: runtime });
  const double = (on: OrtBackend) => compile(on, (x: Tensor) => mul(x, 2));
  const calls = [backend, other].flatMap((on) =>
    [1, 2, 3].map(async (n) => on.download(await double(on)(ndarray([n])))),
  );
  expect((await Promise.all(calls)).map(({ data }) => data[0])).toEqual([2, 4, 6, 2, 4, 6]);
  await other.close();
});

test("another number of threads than the runtime has is refused: it has one for all backends", async () => {
  await expect(ort({ ort: runtime, threads: 2 })).rejects.toThrow(/threads is 2, but onnxruntime-web runs on 1 /);
  await expect(ort({ ort: runtime, threads: 1 }).then((same) => same.close())).resolves.toBeUndefined();
});

test("a device that it does not have: what it has", async () => {
  await expect(ort({ ort: runtime, device: "cuda" })).rejects.toThrow(
    /"cuda" is not available here: .* Available: "cpu"\./,
  );
});
