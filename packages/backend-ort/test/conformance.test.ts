import { conformance } from "@throughtime/testkit";
import { describe, test } from "vitest";
import { type OrtBackend, ort } from "../src/index.js";

conformance({
  describe,
  test,
  backend: () => ort({ threads: 2 }),
  liveArrays: (backend) => (backend as OrtBackend).statistics().liveArrays,
});
