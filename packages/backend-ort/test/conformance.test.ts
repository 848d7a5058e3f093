import { conformance } from "@throughtime/testkit";
import { describe, test } from "vitest";
import { ort } from "../src/index.js";

conformance({ describe, test, backend: () => ort({ threads: 2 }) });
