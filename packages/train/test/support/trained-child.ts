// A training in a process of its own, for the test that kills it: `node trained-child.js FOLDER STEPS`. Writes a line per
// step.
import { reference } from "@throughtime/backend-reference";
import { adamw, clipByNorm, cosine, warmUp } from "../../src/index.js";
import { fileStore } from "../../src/node.js";
import { train } from "../../src/train.js";
import { carry, chunks, loss, mask, params } from "./tiny.js";

const [folder, steps] = process.argv.slice(2) as [string, string];
const training = train({
  backend: reference(),
  params: params(),
  loss,
  carry,
  noise: mask,
  optimizer: adamw({ learningRate: 0.01 }),
  schedule: warmUp(cosine({ steps: Number(steps) }), { steps: 10 }),
  clip: clipByNorm(1),
  source: chunks(7),
  validation: { source: chunks(1), every: { steps: 5 } },
  checkpoint: { store: fileStore(folder), every: { steps: 2 }, keepBest: true },
  resume: "auto",
  steps: Number(steps),
});
for await (const { step } of training) process.stdout.write(`${step}\n`);
