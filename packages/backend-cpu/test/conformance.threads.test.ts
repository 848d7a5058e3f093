import { setFlagsFromString } from "node:v8";
import { conformance } from "@throughtime/testkit";
import { describe, test } from "vitest";
import { newCpu } from "../src/backend.js";
import type { CpuBackend } from "../src/index.js";
import { newMachine } from "../src/machine/choose.js";

setFlagsFromString("--experimental-wasm-relaxed-simd");

/** Where nothing is too short to be split, the suite's small shapes are. */
for (const [threads, relaxed] of [
  [2, false],
  [2, true],
  [4, false],
  [4, true],
] as const) {
  describe(`${threads} threads, ${relaxed ? "relaxed" : "plain"} SIMD`, () => {
    conformance({
      describe,
      test,
      backend: async () => newCpu({ ...(await newMachine(threads)), worth: 0 }, relaxed),
      liveArrays: (backend) => (backend as CpuBackend).statistics().liveArrays,
    });
  });
}
