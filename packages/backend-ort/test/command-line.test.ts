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

  // If this fails, ONNX Runtime was mended, and command-line.ts can go.
  test.skipIf(process.platform !== "linux")(
    "ends the process that opens a session, and half of what is allowed does not",
    () => {
      const folder = mkdtempSync(join(tmpdir(), "throughtime-cmdline-"));
      try {
        const { program } = trace(() => constant(ndarray([1])), []);
        const model = Buffer.from(toOnnx(program)).toString("base64");
        const runtime = pathToFileURL(createRequire(import.meta.url).resolve("onnxruntime-node")).href;
        const code = `const { default: ort } = await import(${JSON.stringify(runtime)}); await ort.InferenceSession.create(Buffer.from(${JSON.stringify(model)}, "base64"))`;
        const run = (length: number) =>
          spawnSync(process.execPath, ["--input-type=module", "-e", code, "--", "x".repeat(length)]);
        expect(run(8000).status).toBe(0);
        expect(run(64_000).signal).toBe("SIGSEGV");
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
