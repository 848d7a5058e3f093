import { conformance } from "@throughtime/testkit";
import { describe, test } from "vitest";
import { type OrtBackend, ort } from "../../src/index.js";
import { OVER_SWIFTSHADER } from "./allowances.js";

conformance({
  describe,
  test,
  backend: () => ort({ device: "webgpu" }),
  liveArrays: (backend) => (backend as OrtBackend).statistics().liveArrays,
  ...OVER_SWIFTSHADER,
});
