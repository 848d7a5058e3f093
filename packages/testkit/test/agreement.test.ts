import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import { type Backend, print } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { randomCase } from "../src/index.js";
import { disagreements } from "./support/agreement.js";

const RUNS = Number(process.env.AGREEMENT_RUNS ?? 60);
const SEED = Number(process.env.AGREEMENT_SEED ?? 0);

/**
 * Seeds that disagreed once. 5012207: a Gemm whose factor widens the product; 6005668: products of stacks of matrices over
 * nothing, of which ONNX Runtime writes only the first.
 */
const FOUND = [5012207, 6005668];

/**
 * A long search, of hours; it prints what disagrees as it goes:
 *
 *     AGREEMENT_SEED=1000000 AGREEMENT_RUNS=100000 npx vitest run packages/testkit/test/agreement.test.ts
 *
 * One seed again, with its Program: AGREEMENT_SEED=7005915 AGREEMENT_RUNS=1.
 */
describe("random Programs", () => {
  test.each(FOUND)("agree on ONNX Runtime at seed %i, where they once did not", async (seed) => {
    const backend = await ort({ threads: 1 });
    expect(await disagreements(randomCase(seed), [reference(), backend])).toEqual([]);
    await backend.close();
  });

  test("agree on all backends", { timeout: 60_000 + 2_000 * RUNS }, async () => {
    const backends = [reference(), await cpu({ threads: 1 }), await ort({ threads: 1 })];
    const found: string[] = [];
    for (let seed = SEED; seed < SEED + RUNS; seed++) {
      for (const text of await disagreements(randomCase(seed), backends)) {
        found.push(text);
        process.stdout.write(`${text}\n`);
        if (RUNS === 1) process.stdout.write(`${print(randomCase(seed).program)}\n`);
      }
      const done = seed - SEED + 1;
      if (done % 1000 === 0) process.stdout.write(`seeds ${SEED} to ${seed}: ${found.length} disagree\n`);
    }
    await Promise.all(backends.map((backend: Backend) => backend.close()));
    expect(found).toEqual([]);
  });
});
