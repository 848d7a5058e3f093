import { createRequire } from "node:module";
import { reference } from "@throughtime/backend-reference";
import { key, upload } from "@throughtime/core";
import type { OnnxRuntime } from "@throughtime/onnx";
import { expect, test } from "vitest";
import { checkSeq2seqOnnx, seq2seqToOnnx } from "../src/index.js";
import { MODELS } from "./models.js";

// The package that has ONNX Runtime among its own.
const require = createRequire(new URL("../../backend-ort/package.json", import.meta.url));
const runtime: OnnxRuntime = require("onnxruntime-node");

test.each(MODELS)("%s: exported files agree with the model, and others do not", async (_, model) => {
  const backend = reference();
  const params = model.init(key(3));
  const files = seq2seqToOnnx(model, params);
  const { values, largest, tolerance } = await checkSeq2seqOnnx(model, params, files, { backend, runtime });
  expect(values).toBeGreaterThan(100);
  expect(largest).toBeLessThan(1e-5);
  expect([tolerance, backend.liveArrays()]).toEqual([1e-5, 0]);

  const wrong = seq2seqToOnnx(model, model.init(key(4)));
  await expect(
    checkSeq2seqOnnx(model, params, { ...files, step: wrong.step }, { backend, runtime }),
  ).rejects.toMatchObject({
    name: "CompileError",
    message: expect.stringMatching(
      /^step\.onnx \(S = 1, B = 1, word 1\) on ONNX Runtime and the model on .* differ by .*/,
    ),
  });
  expect(backend.liveArrays()).toBe(0);
});

test("parameters on the backend stay there", async () => {
  const [, model] = MODELS[1] as (typeof MODELS)[number];
  const backend = reference();
  const params = model.init(key(3));
  const placed = await upload(backend, params);
  const before = backend.liveArrays();
  await checkSeq2seqOnnx(model, placed, seq2seqToOnnx(model, params), { backend, runtime });
  expect(backend.liveArrays()).toBe(before);
});
