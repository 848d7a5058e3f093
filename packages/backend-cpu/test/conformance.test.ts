import { conformance } from "@throughtime/testkit";
import { describe, test } from "vitest";
import { type CpuBackend, cpu } from "../src/index.js";

conformance({
  describe,
  test,
  backend: () => cpu({ simd: "plain" }),
  liveArrays: (backend) => (backend as CpuBackend).statistics().liveArrays,
});
