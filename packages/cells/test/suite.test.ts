import { createRequire } from "node:module";
import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import type { OnnxRuntime } from "@throughtime/onnx";
import { cellSuite } from "@throughtime/testkit";
import { describe, test } from "vitest";
import { dropout, gru, lstm } from "../src/index.js";
import { ALL_CELLS, ALL_SEQUENCE_CELLS } from "./all-cells.js";

const require = createRequire(new URL("../../backend-ort/package.json", import.meta.url));
const onnxRuntime: OnnxRuntime = require("onnxruntime-node");

cellSuite({
  describe,
  test,
  cells: Object.fromEntries([...ALL_CELLS, ...ALL_SEQUENCE_CELLS].map(({ name, make }) => [name, make])),
  backends: { reference: async () => reference(), cpu: () => cpu(), ort: () => ort({ threads: 1 }) },
  onnxRuntime,
});

// Two threads run what one does; that takes no more than a few cells to see.
cellSuite({
  describe,
  test,
  cells: {
    "lstm, 2 threads": (sizes) => lstm(sizes),
    "gru, reset before, 2 threads": (sizes) => dropout(gru({ ...sizes, reset: "before" }), { input: 0.3, state: 0.2 }),
  },
  backends: { cpu: () => cpu({ threads: 2 }) },
});
