import { createRequire } from "node:module";
import { reference } from "@throughtime/backend-reference";
import { lstm } from "@throughtime/cells";
import { key, type } from "@throughtime/core";
import type { OnnxRuntime } from "@throughtime/onnx";
import { cnn } from "@throughtime/vision";
import { expect, test } from "vitest";
import { captionModel, captionModelToOnnx, checkCaptionModelOnnx, topDown } from "../src/index.js";
import { type AnyModel, D, L, MODELS, POOLED } from "./models.js";

// The package that has ONNX Runtime among its own.
const require = createRequire(new URL("../../backend-ort/package.json", import.meta.url));
const runtime: OnnxRuntime = require("onnxruntime-node");
const features = { grid: type(["B", L, D]), pooled: type(["B", POOLED]) };
const pixels = { pixels: type(["B", 3, 16, 16]) };
const trained = captionModel({
  encoder: cnn({ size: [16, 16], widths: [8, POOLED] }),
  decoder: topDown({ cell: lstm({ inputSize: 3, hiddenSize: 4 }), pooledSize: POOLED }),
  vocabularySize: 11,
}) as unknown as AnyModel;
const ALL = [...MODELS.map((one) => [...one, features] as const), ["a trained encoder", trained, pixels] as const];

test.each(ALL)("%s: exported files agree with the model, and others do not", async (_, model, images) => {
  const backend = reference();
  const params = model.init(key(3));
  const files = captionModelToOnnx(model, params, images as never);
  const check = (own: typeof files) => checkCaptionModelOnnx(model, params, own, images as never, { backend, runtime });
  const { values, largest } = await check(files);
  expect(values).toBeGreaterThan(100);
  expect(largest).toBeLessThan(1e-5);
  const wrong = captionModelToOnnx(model, model.init(key(4)), images as never);
  await expect(check({ ...files, step: wrong.step })).rejects.toThrow(
    /^step\.onnx \(B = 1, word 1\) on ONNX Runtime and the model on .* differ by/,
  );
  expect(backend.liveArrays()).toBe(0);
});
