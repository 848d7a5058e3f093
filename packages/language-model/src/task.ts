import type { Task } from "@throughtime/task";
import { LANGUAGE_MODEL, type LmDescription, readDescription } from "./model-file.js";
import { evaluateUse } from "./task/evaluate.js";
import { exportOnnx } from "./task/export.js";
import { DEFAULT_EPOCHS, type LmTrainOptions, trainOptions } from "./task/options.js";
import { prepare } from "./task/prepare.js";
import { sampleUse } from "./task/sample.js";

export type { LmData, LmDescription } from "./model-file.js";

/** Language models as a task: trained on a text, measured by how well they predict one, and used to write. */
export const languageModelTask: Task<LmDescription, LmTrainOptions> = {
  ...LANGUAGE_MODEL,
  name: "lm",
  train: {
    summary: "train a language model on a text",
    description:
      "Trains a recurrent language model on a text: its characters, words or subwords. best.safetensors is the model with the lowest validation loss.",
    options: trainOptions,
    epochs: DEFAULT_EPOCHS,
    examples: [
      ["throughtime train lm", "Moby Dick, GRU 256, four epochs"],
      ["throughtime train lm --data poems.txt --cell lstm --out out/poems", "your own text"],
      ["throughtime train lm --data poems.txt --out out/poems --resume", "continue after Ctrl-C"],
      ["throughtime train lm --data poems.txt --out out/poems --resume --epochs 20", "train longer than planned"],
      ["throughtime train lm --data mine.txt --from out/poems --out out/mine", "start from a trained model"],
      ["throughtime train lm --data poems.txt --tokens bpe --merges 2000", "subwords"],
      ["throughtime train lm --json > run.jsonl", "a line for every step"],
    ],
    prepare,
  },
  read: readDescription,
  evaluate: evaluateUse,
  uses: [sampleUse],
  export: exportOnnx,
};
