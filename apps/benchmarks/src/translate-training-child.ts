// node translate-training-child.js ort <threads>: our own training, as `translate/training-protocol.ts` says.

import { ort } from "@throughtime/backend-ort";
import { answerLines } from "./run/answer-lines.js";
import { openTranslatorTraining, type TranslatorTraining } from "./translate/training.js";
import type { TranslationRequest } from "./translate/training-protocol.js";

const threads = Number(process.argv[3]);

await answerLines<TranslationRequest>(async (say) => {
  const backend = await ort({ threads });
  let training: TranslatorTraining | undefined;
  return {
    ready: { ready: true, device: backend.device },
    async answer(request) {
      if (request.do === "open") {
        training = await openTranslatorTraining(backend, request.task);
        const { epochs, stepsPerEpoch } = training;
        return { epochs, stepsPerEpoch };
      }
      if (request.do === "epoch") return training?.epoch(say);
      if (request.do === "translate") return training?.translate(request.beam, request.maxLength);
      return undefined;
    },
  };
});
