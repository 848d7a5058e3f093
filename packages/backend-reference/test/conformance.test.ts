import { conformance } from "@throughtime/testkit";
import { describe, test } from "vitest";
import { reference } from "../src/index.js";

conformance({
  describe,
  test,
  backend: async () => reference(),
  liveArrays: (backend) => (backend as ReturnType<typeof reference>).liveArrays(),
});
