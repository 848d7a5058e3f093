// node caption-child.js <ort | cpu> <threads>: our own part of `caption-step`, as `protocol.ts` says.

import { opened } from "./captioning/open.js";
import type { CaptionTask } from "./captioning/task.js";
import type { Request } from "./protocol.js";
import { answerLines } from "./run/answer-lines.js";
import { serve } from "./run/serve.js";

const [, , peer, threads] = process.argv;

await answerLines<Request<CaptionTask>>(async () => {
  const { device, build } = await opened(peer as "ort" | "cpu")({ threads: Number(threads) });
  return { ready: { ready: true, device }, answer: serve<CaptionTask>({ device, build }) };
});
