import { OptionError } from "@throughtime/core";
import { wuPenalty } from "@throughtime/decode";
import { fileStore, holdFolder } from "@throughtime/train/node";
import { type BackendChoice, openBackend } from "../backend.js";
import { EXIT } from "../failures.js";
import { count } from "../format.js";
import { type CommandContext, print, printJson, type Terminal } from "../terminal.js";
import { bytesOf } from "../text-file.js";
import { sideOf } from "./description.js";
import { gathered } from "./gather.js";
import { heatMap } from "./heat-map.js";
import { loadTranslator, type SavedTranslator } from "./load.js";
import { network } from "./network.js";
import { linesOf } from "./pairs.js";
import { type TextTranslator, type Translation, textTranslator } from "./translate.js";

/** What `throughtime translate` was called with. */
export interface TranslateOptions extends BackendChoice {
  readonly beam: number;
  readonly nBest: number;
  readonly lengthPenalty: number;
  readonly batch: number;
  readonly longest: number;
  readonly encoding?: string;
  readonly keepUnknown?: true;
  readonly attention?: string;
  readonly json?: true;
}

/** The work of `throughtime translate`: lines of standard input, in their order. */
export async function translateStream(path: string, options: TranslateOptions, context: CommandContext): Promise<void> {
  if (options.nBest > options.beam) {
    throw new OptionError(`--n-best ${options.nBest} is more than --beam ${options.beam} finds. Widen the beam.`);
  }
  const saved = await loadTranslator(path);
  if (options.attention !== undefined && saved.description.model.attention === "none") {
    throw new OptionError(
      `--attention: the model in ${path} has none. Train one with it: train translate --attention additive.`,
    );
  }
  // Before an hour of work, not after it.
  const letGo = options.attention === undefined ? undefined : await holdFolder(options.attention);
  try {
    await translateLines(saved, options, context);
  } finally {
    await letGo?.();
  }
}

async function translateLines(
  { checkpoint, description }: SavedTranslator,
  options: TranslateOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal, signal } = context;
  const [source, target] = [sideOf(description.source), sideOf(description.target)];
  const backend = await openBackend(options);
  try {
    const parts = { model: network(description.model), source, target };
    const translator = await textTranslator(backend, parts, checkpoint.params);
    try {
      let line = 0;
      context.stopsItself?.();
      const named = {
        name: "standard input",
        ...(options.encoding === undefined ? {} : { encoding: options.encoding }),
      };
      const lines = linesOf(bytesOf("-", terminal.in), named);
      for await (const group of gathered(lines, 16 * options.batch, signal)) {
        for (const [i, translations] of (await translated(translator, group, options)).entries()) {
          const text = group[i] as string;
          line++;
          write(terminal, line, text, translations, options);
          const tokens = source.tokenizer.encode(text).length;
          if (tokens > options.longest) {
            print(
              terminal.err,
              `throughtime: line ${line} has ${count(tokens)} tokens; at most ${count(options.longest)} are translated (--longest). Its translation is left empty.`,
            );
            context.end(EXIT.failed);
          }
          await draw(line, translations, options.attention);
        }
      }
      if (signal.aborted) context.end(EXIT.interrupted);
    } finally {
      translator.release();
    }
  } finally {
    await backend.close();
  }
}

const translated = (translator: TextTranslator, texts: readonly string[], options: TranslateOptions) =>
  translator.translate(texts, {
    ...{ beam: options.beam, nBest: options.nBest, batch: options.batch, longest: options.longest },
    lengthPenalty: wuPenalty(options.lengthPenalty),
    unknown: options.keepUnknown ? "keep" : "replace",
  });

/** One line for a sentence, or with more than one translation as Moses has them: number ||| text ||| score. */
function write(
  { out }: Terminal,
  line: number,
  source: string,
  translations: readonly Translation[],
  { json, nBest }: TranslateOptions,
): void {
  if (json) {
    const found = translations.map(({ text, score, targetTokens }) => ({ text, score, tokens: targetTokens }));
    printJson(out, { line, source, translations: found });
  } else if (nBest === 1) print(out, oneLine(translations[0]?.text ?? ""));
  else for (const { text, score } of translations) print(out, `${line} ||| ${oneLine(text)} ||| ${score.toFixed(4)}`);
}

/** What a model says must not look like the end of a line. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");

async function draw(line: number, [best]: readonly Translation[], folder: string | undefined): Promise<void> {
  const picture = best && folder !== undefined ? heatMap(best) : undefined;
  if (picture === undefined) return;
  await fileStore(folder as string).write(`${String(line).padStart(6, "0")}.svg`, new TextEncoder().encode(picture));
}
