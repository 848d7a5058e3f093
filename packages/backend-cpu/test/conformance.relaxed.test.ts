import { conformance } from "@throughtime/testkit";
import { describe, test } from "vitest";
import { type CpuBackend, cpu } from "../src/index.js";
import { hasRelaxedSimd } from "../src/wasm/features.js";

if (hasRelaxedSimd()) {
  conformance({
    describe,
    test,
    backend: () => cpu({ simd: "relaxed" }),
    liveArrays: (backend) => (backend as CpuBackend).statistics().liveArrays,
  });
} else {
  test.skip("conformance with relaxed SIMD: this engine has none (Node 22 has)", () => {});
}
