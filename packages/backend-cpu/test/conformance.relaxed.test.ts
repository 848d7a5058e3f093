import { setFlagsFromString } from "node:v8";
import { conformance } from "@throughtime/testkit";
import { describe, test } from "vitest";
import { type CpuBackend, cpu } from "../src/index.js";

// Node 20 has relaxed SIMD behind a flag; later versions have it, and ignore the flag or do not know it.
setFlagsFromString("--experimental-wasm-relaxed-simd");

conformance({
  describe,
  test,
  backend: () => cpu({ simd: "relaxed" }),
  liveArrays: (backend) => (backend as CpuBackend).statistics().liveArrays,
});
