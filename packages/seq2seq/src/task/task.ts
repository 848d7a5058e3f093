import type { Task } from "@throughtime/task";
import { readTranslator, TRANSLATION, type TranslatorDescription } from "../translation/description.js";
import { evaluateUse } from "./evaluate.js";
import { exportTranslator } from "./export.js";
import { EPOCHS, presetOf, TRAIN } from "./options.js";
import { prepare } from "./prepare.js";
import { translateUse } from "./translate.js";

/** Translation: a recurrent translator, from pairs of sentences. */
export const translationTask: Task<TranslatorDescription, typeof TRAIN> = {
  name: "translate",
  ...TRANSLATION,
  train: {
    summary: "train a translator on pairs of sentences",
    description:
      "Trains a recurrent translator on pairs of sentences: text files, gzipped or not, with a pair on each line. best.safetensors is the model with the lowest validation loss; BLEU is shown, but does not decide.",
    options: TRAIN,
    examples: [
      ["throughtime train translate --data deu.tsv", "ten epochs, validating on a share of the pairs"],
      ["throughtime train translate --source train.de.gz --target train.en.gz --case lower", "two files, line by line"],
      ["throughtime train translate --task emoji-names --to de", "names of emoji, from English to German"],
      ["throughtime train translate --data deu.tsv --resume", "continue after Ctrl-C"],
      ["throughtime train translate --data deu.tsv --json > run.jsonl", "a line for every step"],
    ],
    epochs: EPOCHS,
    preset: presetOf,
    prepare,
  },
  read: readTranslator,
  evaluate: evaluateUse,
  uses: [translateUse],
  export: exportTranslator,
};
