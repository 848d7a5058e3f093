import {
  dataNeeded,
  type EvaluatedPart,
  evaluatedPart,
  type OptionValues,
  options,
  partError,
  partOption,
  type Said,
  type SavedModel,
  type Use,
  type UseContext,
} from "@throughtime/task";
import type { LmDescription } from "../model-file.js";
import { placeModel } from "../placed-model.js";
import { encode } from "../tokens/tokens.js";
import { dataOptions } from "./options.js";
import { splitText } from "./parts.js";
import { BOOK_NAME, openText } from "./text-data.js";
import { count, lossText } from "./units.js";

const evaluateOptions = options({
  ...dataOptions,
  ...partOption("text"),
  batch: {
    ...{ type: "integer", minimum: 1, default: 8 },
    description: "streams of text in a batch; each begins without context",
  },
});

/** `throughtime eval` of a language model. */
export const evaluateUse: Use<LmDescription, typeof evaluateOptions> = {
  name: "eval",
  summary: "measure how well a model predicts a text",
  description:
    "Measures how well a trained model predicts a text: nats and bits per character, and perplexity, whatever its tokens are. The text of its training is split as it was in the training.",
  options: evaluateOptions,
  examples: [
    ["throughtime eval out/lm", "on the part of its text that it never saw"],
    ["throughtime eval out/lm/last.safetensors --part validation", "another checkpoint, another part"],
    ["throughtime eval out/lm --data other.txt --json", "another text, for a program"],
  ],
  run: evaluate,
};

async function* evaluate(
  { checkpoint, description, path }: SavedModel<LmDescription>,
  values: OptionValues<typeof evaluateOptions>,
  context: UseContext,
): AsyncGenerator<Said, void, undefined> {
  const { tokens, data: learned, shares } = description;
  const learner = { path, learned: learned.name, noun: "text" };
  if (values.data === undefined && learned.name !== BOOK_NAME) {
    throw dataNeeded(learner, "--data FILE");
  }
  const data = openText(context.files, values.data, values.encoding);
  const text = await encode(tokens, data.name, data.pieces);
  const own = data.sha256() === learned.sha256;
  const part = evaluatedPart(learner, { data: data.name, own, part: values.part });
  const ids = part === "all" ? text.ids : splitText(text.ids, shares)[part];
  requireSome(ids.length, tokens.unit, part, data.name, shares);
  // Parts are views of the whole.
  const from = (ids.byteOffset - text.ids.byteOffset) / ids.BYTES_PER_ELEMENT;
  const model = await placeModel(await context.backend(), description.model, checkpoint.params, tokens);
  try {
    const { tokens: predicted, ...result } = await model.evaluate(text, from, from + ids.length, values.batch);
    const { nats, characters } = result;
    const what = part === "all" ? "all" : `the ${part} part`;
    const over = tokens.unit === "character" ? "" : `${count(predicted)} ${tokens.unit}s, `;
    const { step } = checkpoint;
    yield {
      text: `${path}, step ${count(step)}, on ${what} of ${data.name}: ${lossText(nats, tokens.unit, characters / predicted)} over ${over}${count(characters)} characters\n`,
      json: {
        ...{ checkpoint: path, step, data: data.name, part, kind: tokens.json.settings.kind },
        ...{ tokens: predicted, ...result },
      },
    };
  } finally {
    model.release();
  }
}

function requireSome(
  length: number,
  unit: string,
  part: EvaluatedPart,
  data: string,
  shares: LmDescription["shares"],
): void {
  if (length >= 2) return;
  const least = part === "all" ? "; at least 2 are needed, the second to be predicted" : "";
  const has = `${length === 0 ? `no ${unit}s` : `1 ${unit}`}${least}`;
  throw partError(part, { data, has, noun: "text", shares });
}
