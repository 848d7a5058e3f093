// node translate-child.js ort <threads>: our own part of `translate-step` and `translate-decode`, as `protocol.ts` says.

import type { Request } from "./protocol.js";
import { answerLines } from "./run/answer-lines.js";
import { serve } from "./run/serve.js";
import { open } from "./translate/ort.js";
import type { TranslateTask } from "./translate/task.js";

await answerLines<Request<TranslateTask>>(async () => {
  const peer = await open({ threads: Number(process.argv[3]) });
  return { ready: { ready: true, device: peer.device }, answer: serve<TranslateTask>(peer) };
});
