import { cpu } from "@throughtime/backend-cpu";
import { decodeCheckpoint, memoryStore } from "@throughtime/train";
import { describe, expect, test } from "vitest";
import { flickr, place } from "./support/pictures.js";
import { trained } from "./support/training.js";

const backend = await cpu();
const here = place(flickr("flickr", 12));
/** 64 captions, in batches of 16: four steps are an epoch. */
const given = { data: "flickr", minFrequency: 1, dropout: 0.2, batch: 16, learningRate: 0.006 } as const;

describe("--self-critical", () => {
  test("learns cross-entropy first, then CIDEr-D in steps of a tenth, resumed to the byte; the last model is kept alone", async () => {
    const own = { ...given, selfCritical: 1, steps: 8, attention: "hard", schedule: "constant" } as const;
    const whole = await trained(own, { backend, ...here });
    const { reports } = whole;
    expect(reports.map(({ metrics }) => Object.keys(metrics))).toEqual([
      ...Array<string[]>(4).fill(["crossEntropy"]),
      ...Array<string[]>(4).fill(["reward", "baseline"]),
    ]);
    expect(reports.map(({ learningRate }) => learningRate / 0.006)).toEqual(
      [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1].map((rate) => expect.closeTo(rate, 6)),
    );
    expect(whole.best).toBeUndefined();
    for (const after of [3, 6]) {
      const [store, stop] = [memoryStore(), new AbortController()];
      const onReport = ({ step }: { readonly step: number }) => step === after && stop.abort();
      await trained(own, { backend, ...here, store, signal: stop.signal, onReport });
      expect((await decodeCheckpoint(await store.read("last.safetensors"))).step).toBeLessThan(8);
      const { last } = await trained({ data: "flickr", steps: 8 }, { backend, ...here, store, resume: true });
      expect(last).toEqual(whole.last);
    }
  }, 120_000);

  test("says captions that score higher than those of the cross-entropy that it began with", async () => {
    const { reports } = await trained({ ...given, dropout: 0, selfCritical: 15, epochs: 35 }, { backend, ...here });
    const rewards = reports.flatMap(({ metrics }) => (metrics.reward === undefined ? [] : [metrics.reward]));
    expect(rewards).toHaveLength(20 * 4);
    const mean = (some: readonly number[]) => some.reduce((a, b) => a + b) / some.length;
    expect(mean(rewards.slice(-12))).toBeGreaterThan(mean(rewards.slice(0, 12)) + 0.3);
  }, 120_000);
});
