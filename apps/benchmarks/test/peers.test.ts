import type { NdArray } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { CELLS } from "../src/config.js";
import { makeImageInputs } from "../src/models/image-classifier.js";
import { open as openCpu } from "../src/peers/cpu.js";
import { open as openHand } from "../src/peers/hand.js";
import { runs } from "../src/peers/names.js";
import { open as openOrt } from "../src/peers/ort.js";
import type { OpenPeer } from "../src/peers/peer.js";
import { open as openReference } from "../src/peers/reference.js";
import { makeInputs, makeMatrices } from "../src/problem.js";
import { strangers } from "../src/report/measurement.js";
import { type Entry, measure, measureWork, type Place } from "../src/run/measure.js";
import { serve } from "../src/run/serve.js";

const PEERS: Readonly<Record<string, OpenPeer>> = {
  ort: openOrt,
  cpu: openCpu,
  reference: openReference,
  hand: openHand,
};

/** A peer in this process, behind the very protocol that child processes speak. */
async function here({ peer }: Place) {
  const opened = await (PEERS[peer] as OpenPeer)({ threads: 1 });
  const answer = serve(opened) as (request: object) => Promise<never>;
  return {
    device: opened.device,
    build: (task: object) => answer({ do: "build", task }),
    steps: (count: number) => answer({ do: "steps", count }),
    peak: () => answer({ do: "peak" }),
    close: () => answer({ do: "close" }),
  };
}

const config = { B: 3, T: 7, H: 8 };

describe("peers", () => {
  test.each(CELLS)("train the same %s: losses after five updates agree", async (cell) => {
    const peers = (["ort", "cpu", "reference", "hand"] as const).filter((peer) => runs(peer, cell));
    const found = await measure(
      peers.map((peer) => ({ peer, cell, config, threads: 1 })),
      { rounds: 1, turnMs: 1, start: here },
    );
    const losses = found.map(({ result }) => ("loss" in result ? result.loss : result.notMeasured));
    for (const loss of losses) expect(loss).toBeCloseTo(losses[0] as number, 4);
    expect(strangers(found)).toEqual([]);
    expect(losses[0]).toBeLessThan(4.3);
  });

  test("eight gate matrices are the same LSTM: the same loss as one", async () => {
    const entries = (["lstm", "lstm-eight"] as const).map(
      (cell): Entry => ({ peer: "reference", cell, config, threads: 1 }),
    );
    const found = await measure(entries, { rounds: 1, turnMs: 1, start: here });
    const losses = found.map(({ result }) => ("loss" in result ? result.loss : result.notMeasured));
    expect(losses[1]).toBeCloseTo(losses[0] as number, 5);
  });

  test.each([
    ["multiply the same matrices", { work: { work: "matmul", N: 20 }, inputs: makeMatrices(20) }],
    [
      "write the same characters",
      { work: { work: "sample", H: 8, V: 65 }, inputs: makeInputs("lstm", { B: 1, T: 1, H: 8 }) },
    ],
  ] as const)("%s", async (_, work) => {
    const places = (["ort", "cpu", "reference"] as const).map((peer): Place => ({ peer, threads: 1 }));
    const found = await measureWork(places, { rounds: 1, turnMs: 1, start: here }, () => work);
    const values = found.map(({ result }) => ("loss" in result ? result.loss : result.notMeasured));
    for (const value of values) expect(value).toBeCloseTo(values[0] as number, 4);
    expect(values[0]).not.toBe(0);
  });

  test("train the same convolutional network: losses after five updates agree", async () => {
    const places = (["ort", "cpu"] as const).map((peer): Place => ({ peer, threads: 1 }));
    const work = { work: { work: "cnn", B: 2, learningRate: 1e-3 }, inputs: makeImageInputs(2) } as const;
    const found = await measureWork(places, { rounds: 1, turnMs: 1, start: here }, () => work);
    const [ort, cpu] = found.map(({ result }) => ("loss" in result ? result.loss : result.notMeasured));
    expect(cpu).toBeCloseTo(ort as number, 4);
    expect(ort).toBeLessThan(2);
  });

  test("a product's value is that of its definition", async () => {
    const { a, b } = makeMatrices(6) as { a: NdArray; b: NdArray };
    const places: Place[] = [{ peer: "cpu", threads: 1 }];
    const [found] = await measureWork(places, { rounds: 1, turnMs: 1, start: here }, () => ({
      work: { work: "matmul", N: 6 },
      inputs: { a, b },
    }));
    const last = Array.from({ length: 6 }, (_, k) => (a.data[30 + k] as number) * (b.data[6 * k + 5] as number));
    const expected = last.reduce((sum, x) => sum + x);
    expect(found?.result).toMatchObject({ loss: expect.closeTo(expected, 5) });
  });

  test("equal seeds give equal inputs, and other seeds others", () => {
    expect(makeInputs("gru", config, 3)).toEqual(makeInputs("gru", config, 3));
    expect(makeInputs("gru", config, 3).W).not.toEqual(makeInputs("gru", config, 4).W);
  });

  test("a peer that cannot start is not measured, and the reason is kept", async () => {
    const start = async () => {
      throw new Error("no interpreter");
    };
    const entry: Entry = { peer: "jax", cell: "lstm", config, threads: 1 };
    const found = await measure([entry], { rounds: 1, turnMs: 1, start });
    expect(found[0]?.result).toEqual({ notMeasured: "no interpreter" });
  });
});
