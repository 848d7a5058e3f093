import { add, compile, matmul, mul, ndarray, type Tensor } from "@throughtime/core";
import * as runtime from "onnxruntime-node";
import { afterEach, describe, expect, test } from "vitest";
import { PROBE } from "../src/devices.js";
import { type OrtBackend, ort } from "../src/index.js";
import { skipsCopies } from "../src/results.js";
import type { Runtime } from "../src/runtime.js";

type Run = (feeds: object, fetches: Record<string, unknown>) => Promise<unknown>;

/** onnxruntime-node with another `run`. */
const withRun = (change: (run: Run) => Run): Runtime => ({
  ...(runtime as unknown as Runtime),
  InferenceSession: {
    async create(model, options) {
      const session = await runtime.InferenceSession.create(model, options);
      const { inputNames, outputNames } = session;
      const run = change(session.run.bind(session) as Run);
      return { inputNames, outputNames, run, release: () => session.release() } as never;
    },
  },
});

let backend: OrtBackend | undefined;
afterEach(() => backend?.close());

async function step(own?: Runtime): Promise<number[]> {
  backend = await ort({ threads: 1, ...(own ? { ort: own } : {}) });
  const f = compile(backend, (x: Tensor) => ({ y: add(matmul(x, x), 1), z: mul(x, 2) }));
  const { y, z } = await f(
    ndarray([
      [1, 2],
      [3, 4],
    ]),
  );
  return [...(await backend.download(y)).data, ...(await backend.download(z)).data] as number[];
}

const EXPECTED = [8, 11, 16, 23, 2, 4, 6, 8];

describe("results", () => {
  test("are written into our buffers, and not copied besides, by the onnxruntime-node that we depend on", async () => {
    expect(await skipsCopies(runtime as unknown as Runtime, PROBE)).toBe(true);
    let returned = 0;
    const counting = withRun((run) => async (feeds, fetches) => {
      const outputs = await run(feeds, fetches);
      returned++;
      return outputs;
    });
    expect(await step(counting)).toEqual(EXPECTED);
    expect(returned).toBe(0);
  });

  test("are right with a runtime that has no objection to outputs that are no tensors", async () => {
    const lenient = withRun((run) => async (feeds, fetches) => {
      const { "throughtime/stop": stop, ...others } = fetches;
      expect(stop ?? null).toBe(null);
      return run(feeds, others);
    });
    expect(await skipsCopies(lenient, PROBE)).toBe(false);
    expect(await step(lenient)).toEqual(EXPECTED);
  });

  test("are right with a runtime that objects before it has written anything", async () => {
    const early = withRun((run) => async (feeds, fetches) => {
      if ("throughtime/stop" in fetches) throw new Error("Non tensor type is temporarily not supported.");
      return run(feeds, fetches);
    });
    expect(await skipsCopies(early, PROBE)).toBe(false);
    expect(await step(early)).toEqual(EXPECTED);
  });
});
