import { reference } from "@throughtime/backend-reference";
import type { Backend, DeviceArray, NdArray, Program } from "@throughtime/core";
import * as core from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { type ConformanceOptions, conformance, conformanceCases } from "../src/index.js";
import { faulty, miscompiling, reportOf, startsWith } from "./support/report.js";

/** Runs the suite, or the tests of it that `only` names. */
const report = (options: Partial<ConformanceOptions>, only?: (name: string) => boolean) =>
  reportOf((runner) => conformance({ ...runner, backend: async () => reference(), sizes: "small", ...options }), only);

describe("the conformance suite", () => {
  test("has a case for every op that core exports", () => {
    const ops = Object.entries(core)
      .filter(([name, op]) => name.endsWith("Op") && typeof op === "object")
      .map(([, op]) => (op as { name: string }).name);
    const tested = new Set(conformanceCases().map(({ name }) => name.split("/")[1]?.split(".")[0]));
    // `size` is a named size as a number: tested under dims; `scan` has an area of its own.
    expect(ops.filter((op) => !tested.has(op) && op !== "size" && op !== "scan")).toEqual([]);
  });

  test("names each test once", () => {
    const names = conformanceCases().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("op/add/f32/odd");
    expect(names).toContain("scan/nested");
  });

  test("small leaves out large shapes", () => {
    const names = conformanceCases("small").map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("op/") && name.endsWith("/large"))).toEqual([]);
  });
});

describe("a fault is found", () => {
  test("a tanh that is slightly off", async () => {
    const backend = miscompiling((node, inputs) =>
      node.op.name === "tanh" ? [core.mul(core.tanh(inputs[0] as core.Tensor), 1.00001)] : undefined,
    );
    const { failed } = await report({ backend }, startsWith("op/", "gradient/tanh", "train/"));
    expect(failed.has("op/tanh/f32/odd")).toBe(true);
    expect([...failed.keys()].every((name) => name.includes("tanh"))).toBe(true);
  });

  test("a sum that forgets keepDims", async () => {
    const backend = miscompiling((node, inputs) =>
      node.op.name === "sum" && (node.params as core.ReductionParams).keepDims
        ? [core.sum(inputs[0] as core.Tensor, { axis: (node.params as core.ReductionParams).axis })]
        : undefined,
    );
    const { failed } = await report({ backend }, startsWith("op/sum"));
    expect([...failed.keys()].filter((name) => !name.includes("keep"))).toEqual([]);
    expect(failed.has("op/sum.keepDims/f32/odd")).toBe(true);
  });

  test("a scan that always runs forward", async () => {
    const backend = miscompiling((node, inputs) =>
      node.op.name === "scan" && (node.params as core.ScanParams).reverse
        ? core.applyOp(core.scanOp, inputs, { ...(node.params as core.ScanParams), reverse: false })
        : undefined,
    );
    const { failed } = await report({ backend }, startsWith("scan/", "gradient/scan/lstm", "train/"));
    expect([...failed.keys()]).toEqual(
      expect.arrayContaining(["scan/reverse", "scan/bidirectional", "gradient/scan/lstm", "train/lstm"]),
    );
    expect(failed.has("scan/forward")).toBe(false);
  });

  test("a scatterAdd that loses one of two equal indices", async () => {
    const lossy = (program: Program): boolean => program.equations.some(({ op }) => op.name === "scatterAdd");
    const backend = faulty((good) => ({
      async compile(program, options) {
        const executable = await good.compile(program, options);
        if (!lossy(program)) return executable;
        return {
          ...executable,
          async run(inputs) {
            const outputs = await executable.run(inputs);
            const host = await good.download(outputs[0] as DeviceArray);
            const largest = Math.max(...host.data);
            const data = host.data.map((value: number) => (value === largest ? value - 1 : value));
            return [await good.upload({ ...host, data } as NdArray)];
          },
        };
      },
    }));
    const { failed } = await report({ backend }, startsWith("scatter/exact"));
    expect([...failed.keys()]).toEqual(["scatter/exact/65", "scatter/exact/10000"]);
  });

  test("an upload that does not copy", async () => {
    const kept = new WeakMap<DeviceArray, NdArray>();
    const backend = faulty((good) => ({
      async upload(array) {
        const device = await good.upload(array);
        kept.set(device, array);
        return device;
      },
      download: async (device) => kept.get(device) ?? good.download(device),
    }));
    const { failed } = await report({ backend }, startsWith("arrays/"));
    expect([...failed.keys()]).toEqual(expect.arrayContaining(["arrays/uploadCopies", "arrays/downloadCopies"]));
  });

  test("a donation that nobody marks", async () => {
    const backend = faulty((good) => ({
      compile: (program, { donate }) => good.compile(program, { donate: donate.map(() => false) }),
    }));
    const { failed } = await report({ backend }, startsWith("donation/"));
    expect([...failed.keys()]).toEqual(["donation/consumes"]);
  });

  test("arrays that are left behind, where they are counted", async () => {
    const backend = faulty((good) => ({ release: (array) => void good.download(array) }));
    const liveArrays = (of: Backend) => (of as ReturnType<typeof reference>).liveArrays();
    const { failed } = await report({ backend, liveArrays }, startsWith("leaks/"));
    expect([...failed.keys()]).toEqual(["leaks/execute", "leaks/donatedState"]);
  });

  test("a size that is fixed by the first run", async () => {
    const backend = faulty((good) => ({
      async compile(program, options) {
        let bound: Promise<core.Executable> | undefined;
        return {
          run: async (inputs) => {
            bound ??= good.compile(
              core.bind(
                program,
                core.inferSizes(
                  program,
                  inputs.map(({ shape }) => shape),
                ),
              ),
              options,
            );
            return (await bound).run(inputs);
          },
          release: () => undefined,
        };
      },
    }));
    const { failed } = await report({ backend }, startsWith("dims/"));
    expect(failed.has("dims/scan")).toBe(true);
    expect(failed.has("dims/gradient/scan")).toBe(true);
  });

  test("an op that supports() denies", async () => {
    const backend = faulty(() => ({ supports: (op: string) => op !== "erf" }));
    const { failed } = await report({ backend }, startsWith("op/erf/f32", "op/tanh"));
    expect([...failed.keys()]).toEqual(["op/erf/f32/empty", "op/erf/f32/one", "op/erf/f32/odd"]);
    expect(failed.get("op/erf/f32/odd")).toContain("Skip the test with the reason");
  });
});

describe("a skip", () => {
  const wrongErf = miscompiling((node, inputs) =>
    node.op.name === "erf" ? [core.mul(core.erf(inputs[0] as core.Tensor), 1.01)] : undefined,
  );
  const reason = "its erf is 1 % off";

  test("covers a test by name, which is then reported with the reason", async () => {
    const skip = [{ test: "op/erf/f32/odd", reason }];
    const { failed, skipped } = await report({ backend: wrongErf, skip }, startsWith("op/erf/f32"));
    expect(skipped).toEqual(new Map([["op/erf/f32/odd", reason]]));
    expect(failed.has("op/erf/f32/odd")).toBe(false);
  });

  test("covers all tests under a prefix, those too that pass", async () => {
    const skip = [{ test: "op/erf", reason }];
    const { failed, skipped } = await report({ backend: wrongErf, skip }, startsWith("op/erf"));
    expect(failed.size).toBe(0);
    expect(skipped.has("op/erf/f32/empty")).toBe(true);
  });

  test("fails the run once the test would pass", async () => {
    const skip = [
      { test: "op/tanh/f32/odd", reason: "old" },
      { test: "op/exp", reason: "old" },
    ];
    const { failed } = await report({ skip }, startsWith("op/tanh", "op/exp"));
    expect([...failed.keys()]).toEqual(["skip op/tanh/f32/odd", "skip op/exp"]);
    expect(failed.get("skip op/exp")).toContain("it passes now. Remove the skip.");
  });

  test("of what would end the process is never tried", async () => {
    let tried = false;
    const backend = faulty(() => ({
      compile: () => {
        tried = true;
        throw new Error("the process ends");
      },
    }));
    const skip = [{ test: "op/erf", reason: "ends the process", run: "never" as const }];
    const { failed } = await report({ backend, skip }, startsWith("op/erf"));
    expect([tried, failed.size]).toEqual([false, 0]);
  });

  test("needs a reason and a test that there is", async () => {
    const skip = [
      { test: "op/nothing", reason },
      { test: "op/erf", reason: " " },
    ];
    const { failed } = await report({ backend: wrongErf, skip }, startsWith("op/erf"));
    expect([...failed.keys()]).toEqual(["skip op/nothing", "skip op/erf"]);
  });
});

test("a wider tolerance lets through what is off by less, with its reason", async () => {
  const backend = miscompiling((node, inputs) =>
    node.op.name === "exp" ? [core.mul(core.exp(inputs[0] as core.Tensor), 1.0001)] : undefined,
  );
  const tolerance = { exp: { relative: 2e-4, reason: "a table of 12 bits" } };
  expect((await report({ backend }, startsWith("op/exp/f32"))).failed.size).toBeGreaterThan(0);
  expect((await report({ backend, tolerance }, startsWith("op/exp/f32"))).failed.size).toBe(0);
});
