import { CompileError, DataError } from "@throughtime/core";
import { expect, test } from "vitest";
import { checked } from "../src/export/check.js";

test("an export that ONNX Runtime runs otherwise than the model says so, and that nothing was written", async () => {
  const agreement = { values: 3, largest: 0, tolerance: 1e-5 };
  const seen: unknown[] = [];
  const good = checked(async (runtime) => {
    seen.push(typeof runtime.InferenceSession.create);
    return agreement;
  });
  expect([await good, seen]).toEqual([agreement, ["function"]]);
  await expect(checked(() => Promise.reject(new CompileError("step.onnx differs by 1.")))).rejects.toMatchObject({
    name: "CompileError",
    message: "export: step.onnx differs by 1. Nothing was written.",
  });
  const other = new DataError("no words");
  await expect(checked(() => Promise.reject(other))).rejects.toBe(other);
});
