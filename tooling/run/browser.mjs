// npm run test:browser: the conformance suite on every backend that runs in pages, in Chromium, with ONNX Runtime's second build for
// WebGPU, which npm test leaves out. Takes minutes.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bootstrapAndBuild } from "../bootstrap/build.mjs";
import { root } from "../bootstrap/pnpm.mjs";

if (bootstrapAndBuild()) {
  const vitest = fileURLToPath(new URL("node_modules/vitest/vitest.mjs", root));
  const { status } = spawnSync(process.execPath, [vitest, "run", "tooling/browser"], {
    cwd: root,
    env: { ...process.env, BROWSER_TESTS: "whole" },
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
} else {
  process.exitCode = 1;
}
