import { OptionError } from "@throughtime/core";
import {
  ENCODING,
  linesOf,
  type OptionValues,
  options,
  type Said,
  type SavedModel,
  type Use,
  type UseContext,
} from "@throughtime/task";
import { attentionMap } from "../translation/attention-map.js";
import type { TranslatorDescription } from "../translation/description.js";
import { type Translation, textTranslator } from "../translation/text-translator.js";
import { count } from "./corpus.js";

const OPTIONS = options({
  beam: {
    ...{ type: "integer", minimum: 1, default: 5, placeholder: "n" },
    description: "beam size; 1: greedy",
  },
  nBest: {
    ...{ type: "integer", minimum: 1, default: 1, placeholder: "n" },
    description: "translations of each line, as: number ||| text ||| score",
  },
  lengthPenalty: {
    ...{ type: "number", minimum: 0, default: 1, placeholder: "alpha" },
    description: "alpha of Wu et al. 2016; 0: none, which favours short translations",
  },
  attention: {
    ...{ type: "string", format: "folder", placeholder: "folder" },
    description: "writes a picture of where the model attended to: 000001.svg for the first line, …",
  },
  keepUnknown: { type: "boolean", description: "unknown words stay <unk>" },
  longest: {
    ...{ type: "integer", minimum: 1, default: 1000, placeholder: "n" },
    description: "most tokens of a line; a longer one is reported and left empty",
  },
  encoding: ENCODING,
  batch: {
    ...{ type: "integer", minimum: 1, default: 32, placeholder: "n" },
    description: "lines that are translated in one batch",
  },
});

type Values = OptionValues<typeof OPTIONS>;

/** Translates the lines of standard input, in their order. */
async function* run(
  { description, checkpoint, path }: SavedModel<TranslatorDescription>,
  values: Values,
  { files, backend, signal, stopsItself }: UseContext,
): AsyncGenerator<Said> {
  const { attention, beam, nBest, batch, longest, lengthPenalty } = values;
  if (nBest > beam) throw new OptionError(`--n-best ${nBest} is more than --beam ${beam} finds. Widen the beam.`);
  if (attention !== undefined && description.model.attention === "none") {
    throw new OptionError(
      `--attention: the model in ${path} has none. Train one with it: train translate --attention additive.`,
    );
  }
  const { network: model, source, target } = description;
  const translator = await textTranslator(await backend(), { model, source, target }, checkpoint.params);
  try {
    const lines = linesOf(files, "-", { encoding: values.encoding, once: true });
    stopsItself();
    const unknown = values.keepUnknown ? "keep" : "replace";
    let line = 0;
    const how = { beam, nBest, batch, longest, lengthPenalty, unknown, signal } as const;
    for await (const translation of translator.translate(lines, how)) {
      line++;
      yield said(line, translation, values);
    }
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    translator.release();
  }
  if (signal.aborted) yield { interrupted: true };
}

/** One line for a sentence, or with more than one translation as Moses has them: number ||| text ||| score. */
function said(line: number, translation: Translation, { nBest, longest, attention }: Values): Said {
  const { source, sourceTokens, tooLong, alternatives } = translation;
  const all = [translation, ...alternatives];
  const moses = () => all.map(({ text, score }) => `${line} ||| ${oneLine(text)} ||| ${score.toFixed(4)}\n`).join("");
  const picture = attention === undefined ? undefined : attentionMap(translation);
  return {
    text: nBest === 1 ? `${oneLine(translation.text)}\n` : moses(),
    json: {
      line,
      source,
      translations: all.map(({ text, score, targetTokens }) => ({ text, score, tokens: targetTokens })),
    },
    ...(tooLong && {
      problem: `line ${line} has ${count(sourceTokens.length)} tokens; at most ${count(longest)} are translated (--longest). Its translation is left empty.`,
    }),
    ...(picture !== undefined && {
      files: { option: "attention", contents: { [`${String(line).padStart(6, "0")}.svg`]: utf8.encode(picture) } },
    }),
  };
}

const utf8 = new TextEncoder();

/** What a model says must not look like the end of a line. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");

export const translateUse: Use<TranslatorDescription, typeof OPTIONS> = {
  name: "translate",
  summary: "translate lines of standard input",
  description:
    "Translates each line of standard input to a line of standard output, in the same order; an empty line gives an empty one. A word that the model does not know is replaced by the source's word with the most attention.",
  options: OPTIONS,
  examples: [
    ["throughtime translate < test.de > test.en", "with the model in out/translate"],
    ["echo 'Ein Hund schläft.' | throughtime translate out/de-en --beam 10 --n-best 3", "three translations"],
    ["throughtime translate out/de-en --attention out/pictures < test.de", "and where it attended to"],
  ],
  run,
};
