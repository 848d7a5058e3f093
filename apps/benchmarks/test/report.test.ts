import { describe, expect, test } from "vitest";
import { jsonOf, type Measurement, strangers } from "../src/report/measurement.js";
import { taskTable } from "../src/report/table.js";
import type { Timing } from "../src/run/interleave.js";

const timing = (rounds: number[][], loss: number): Timing => ({
  rounds,
  loss,
  compileMs: 150,
  peakBytes: 8e7,
  parts: {},
});

const measurement = (peer: Measurement["peer"], result: Measurement["result"]): Measurement => ({
  peer,
  result,
  cell: "lstm",
  config: { B: 32, T: 50, H: 128 },
  threads: 1,
  device: "a machine",
});

const ours = measurement(
  "ort",
  timing(
    [
      [12, 14],
      [13, 15],
    ],
    4.1737,
  ),
);
const pytorch = measurement(
  "pytorch",
  timing(
    [
      [24, 28],
      [26, 30],
    ],
    4.1738,
  ),
);
const absent = measurement("jax", { notMeasured: "THROUGHTIME_PYTHON names no interpreter" });

describe("figures", () => {
  test("JSON has the keys that programs read, and nothing else", () => {
    expect(jsonOf(ours)).toEqual({
      ...{ peer: "ort", cell: "lstm", B: 32, T: 50, H: 128, threads: 1 },
      ...{ medianMs: 13.5, minMs: 12, compileMs: 150, loss: 4.1737, peakBytes: 8e7 },
    });
  });

  test("what was not measured is null, not a number", () => {
    expect(jsonOf(absent)).toEqual({
      ...{ peer: "jax", cell: "lstm", B: 32, T: 50, H: 128, threads: 1 },
      ...{ medianMs: null, minMs: null, compileMs: null, loss: null, peakBytes: null },
    });
  });

  test("a loss that is not the others' is found", () => {
    const odd = measurement("tfjs-wasm", timing([[900]], 4.2));
    expect(strangers([ours, pytorch, odd, absent])).toEqual([odd]);
    expect(strangers([ours, pytorch])).toEqual([]);
    const broken = measurement("jax-js", timing([[900]], Number.NaN));
    expect(strangers([ours, pytorch, broken])).toContain(broken);
  });

  test("the table divides by PyTorch, marks a strange loss, and says why a figure is not there", () => {
    const odd = measurement("tfjs-wasm", timing([[900], [900]], 4.2));
    const lines = taskTable([ours, pytorch, odd, absent]).split("\n");
    expect(lines[0]).toBe("lstm B32T50H128, 1 thread");
    expect(lines[1]).toMatch(/peer +median ms +± +min ms +× pytorch +compile ms +loss +peak MB/);
    expect(lines[2]).toMatch(/ort +13\.5 .* 0\.50 \(0\.50\) +150 +4\.17370 +80$/);
    expect(lines[4]).toMatch(/tfjs-wasm .* 4\.20000 ≠ /);
    expect(lines[5]).toMatch(/jax +not measured: THROUGHTIME_PYTHON names no interpreter$/);
    expect(lines[6]).toContain("≠ tfjs-wasm");
  });

  test("without a peer to divide by there is no such column", () => {
    expect(taskTable([ours, absent])).not.toContain("×");
  });
});
