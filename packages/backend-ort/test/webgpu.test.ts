import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readReport, swiftshader } from "./webgpu/swiftshader.js";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

/** Runs the suites beside this file in a process of their own. */
function run(env: Record<string, string>, report: string): Promise<{ code: number | null; output: string }> {
  const args = ["run", "--config", "packages/backend-ort/test/webgpu/vitest.config.ts"];
  const child = spawn(process.execPath, [vitest, ...args, "--reporter=json", `--outputFile=${report}`], {
    cwd: repository,
    env: { ...process.env, ...env },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output: output.slice(-4000) })));
}

test("the WebGPU provider passes the conformance suite, and keeps values on the GPU, over SwiftShader", {
  timeout: 300_000,
}, async ({ skip }) => {
  const found = swiftshader();
  if ("missing" in found) {
    process.stdout.write(`WebGPU is not tested: ${found.missing}.\n`);
    return skip(found.missing);
  }
  const report = join(mkdtempSync(join(tmpdir(), "webgpu-report-")), "report.json");
  const { code, output } = await run(found.env, report);
  const result = readReport(report);
  expect(result, `the process ended with ${code} before it could report:\n${output}`).toBeDefined();
  expect(result?.failures).toEqual([]);
  expect(result?.passed).toBeGreaterThan(1000);
});
