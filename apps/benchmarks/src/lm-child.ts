// node lm-child.js ort <threads>: our own training, as `lm/protocol.ts` says.

import { ort } from "@throughtime/backend-ort";
import { type EpochTraining, openTraining } from "./lm/ours.js";
import type { LmRequest } from "./lm/protocol.js";
import { answerLines } from "./run/answer-lines.js";

const threads = Number(process.argv[3]);

await answerLines<LmRequest>(async (say) => {
  const backend = await ort({ threads });
  let training: EpochTraining | undefined;
  return {
    ready: { ready: true, device: backend.device },
    async answer(request) {
      if (request.do === "open") {
        training = await openTraining(backend, request.task);
        const { epochs, stepsPerEpoch } = training;
        return { epochs, stepsPerEpoch };
      }
      if (request.do === "epoch") return training?.epoch(say);
      return undefined;
    },
  };
});
