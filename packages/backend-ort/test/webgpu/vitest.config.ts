import { defineConfig } from "vitest/config";
import workspace from "../../../../vitest.config.js";

// Its own run, in a child process: what goes wrong on a GPU can end a process.
export default defineConfig({
  ...workspace,
  test: { ...workspace.test, include: ["packages/backend-ort/test/webgpu/*.suite.ts"], testTimeout: 60_000 },
});
