import { reference } from "@throughtime/backend-reference";
import { expect, it } from "vitest";
import { adam, clipByNorm, memoryStore, type Report, train } from "../src/index.js";
import { carry, chunks, loss, mask, params } from "./support/tiny.js";

it("a loss falls", async () => {
  const backend = reference();
  const run = train({
    backend,
    params: params(),
    loss,
    carry,
    noise: mask,
    optimizer: adam({ learningRate: 0.05 }),
    clip: clipByNorm(1),
    source: chunks(),
    steps: 40,
    validation: { source: chunks(2), every: 10 },
    checkpoint: { store: memoryStore(), every: { steps: 7 }, keepBest: true },
  });
  const reports: Report[] = [];
  for await (const report of run) reports.push(report);
  console.log(reports.slice(-12), backend.liveArrays());
  expect(reports.at(-1)!.loss).toBeLessThan(reports[0]!.loss);
});
