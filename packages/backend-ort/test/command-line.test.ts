import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { constant, ndarray, trace } from "@throughtime/core";
import { toOnnx } from "@throughtime/onnx";
import { describe, expect, test } from "vitest";
import { requireShortCommandLine } from "../src/command-line.js";

describe("a long command line", () => {
  test("is refused before ONNX Runtime crashes on it", () => {
    requireShortCommandLine();
    requireShortCommandLine(8000);
    expect(() => requireShortCommandLine(29_000)).toThrow(/29000 bytes; ONNX Runtime 1.30 crashes.*in a file/);
  });

  // That longer ones crash depends on the stack that the system gives a process, so it is not asserted.
  test.skipIf(process.platform !== "linux")("of half of what is allowed opens a session", () => {
    const folder = mkdtempSync(join(tmpdir(), "throughtime-cmdline-"));
    try {
      const { program } = trace(() => constant(ndarray([1])), []);
      const model = Buffer.from(toOnnx(program)).toString("base64");
      const runtime = pathToFileURL(createRequire(import.meta.url).resolve("onnxruntime-node")).href;
      const code = `const { default: ort } = await import(${JSON.stringify(runtime)}); await ort.InferenceSession.create(Buffer.from(${JSON.stringify(model)}, "base64"))`;
      const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", code, "--", "x".repeat(8000)]);
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
