import { type Backend, DataError, OptionError } from "@throughtime/core";
import { type BleuTokenizer, perplexity } from "@throughtime/metrics";
import type { PairBatch } from "@throughtime/text";
import { evaluate, type Loss, type Source } from "@throughtime/train";
import { count } from "../format.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { idPair, pairHash } from "./corpus.js";
import { type Side, sideOf } from "./description.js";
import type { SavedTranslator } from "./load.js";
import { network } from "./network.js";
import { type PairFiles, type PartedPair, pairsOf, partOf } from "./pairs.js";
import { scorePairs, scoreText, signatureText } from "./scores.js";
import { taskData } from "./tasks/task.js";
import { leftOutText, validationBatches } from "./training.js";
import { textTranslator } from "./translate.js";

/** What `throughtime eval` was called with, as far as translators go by it. */
export interface EvaluateOptions extends PairFiles {
  readonly part?: "train" | "validation" | "test" | "all";
  readonly beam: number;
  readonly examples: number;
  readonly bleuTokenizer?: BleuTokenizer;
  readonly json?: true;
}

/** Tokens of a sentence that is measured, at most. */
const LONGEST = 1000;

/** Measures a translator: BLEU, chrF and exact matches of what it says, and how likely it finds the right words. */
export async function evaluateTranslator(
  saved: SavedTranslator,
  options: EvaluateOptions,
  backend: Backend,
  { terminal }: CommandContext,
): Promise<void> {
  const { out } = terminal;
  const { checkpoint, description, path } = saved;
  const model = network(description.model);
  const [source, target] = [sideOf(description.source), sideOf(description.target)];
  const { name, part, pairs, blank } = await measured(saved, options, { source, target }, terminal.in);
  const translator = await textTranslator(backend, { model, source, target }, checkpoint.params);
  try {
    const settings = { beam: options.beam, nBest: 1, batch: 32, longest: LONGEST };
    const scored = await scorePairs(translator, pairs, description.target, settings, options.bleuTokenizer);
    const { hypotheses, references, ...scores } = scored;
    const batches = validationBatches(pairs, { ...description.training, maxLength: LONGEST }, source, target);
    const { loss: nats } = await evaluate({
      ...{ backend, params: checkpoint.params, dims: model.dims },
      loss: model.evaluation as Loss<unknown, PairBatch["batch"]>,
      source: batches as Source<PairBatch["batch"]>,
    });
    const tooLong = pairs.filter((pair) => source.tokenizer.encode(pair.source).length > LONGEST).length;
    const examples = pairs.slice(0, options.examples).map((pair, i) => ({ ...pair, said: hypotheses[i] as string }));
    if (options.json) {
      const measures = { ...scores, nats, perplexity: perplexity(nats), beam: options.beam };
      printJson(out, {
        checkpoint: path,
        step: checkpoint.step,
        data: name,
        part,
        ...measures,
        blank,
        tooLong,
        examples,
      });
      return;
    }
    const what = part === "all" ? "all" : `the ${part} part`;
    print(out, `${path}, step ${count(checkpoint.step)}, on ${what} of ${name}, beam ${options.beam}:`);
    print(out, `${scoreText(scores)}; perplexity ${perplexity(nats).toFixed(2)}`);
    print(out, signatureText(scores, options.bleuTokenizer));
    if (blank > 0) print(out, leftOutText({ blank, tooLong: 0 }, LONGEST));
    if (tooLong > 0)
      print(
        out,
        `${count(tooLong)} of the sources have more than ${count(LONGEST)} tokens; their translations are left empty`,
      );
    for (const [i, { source: text, said }] of examples.entries()) {
      const right = references[i] as string;
      print(out, said === right ? `  ${text} → ${said}` : `  ${text} → ${said}  (right: ${right})`);
    }
  } finally {
    translator.release();
  }
}

/** The pairs to measure on: of files, or of the task that was learned; those with a blank side are left out. */
async function measured(
  { description, path }: SavedTranslator,
  options: EvaluateOptions,
  { source, target }: { readonly source: Side; readonly target: Side },
  input: AsyncIterable<Uint8Array> | undefined,
) {
  const { task, sha256, name } = description.data;
  const files = pairsOf(options, input);
  if (!files && !task) {
    throw new OptionError(
      `${path} learned ${name}. Say which pairs to measure it on: --source FILE --target FILE, or --data FILE.tsv.`,
    );
  }
  const data = files ?? taskData(task as NonNullable<typeof task>);
  const { note, digest } = pairHash();
  const read: PartedPair[] = [];
  for await (const pair of data.read()) {
    note(pair);
    read.push(pair);
  }
  // What was learned was split; a split says nothing of other pairs, which are measured as a whole.
  const own = !files || digest() === sha256;
  const part = options.part ?? (own ? "test" : "all");
  if (!own && part !== "all") {
    throw new OptionError(
      `--part ${part} is of ${name}, which the model learned from; ${data.name} has other pairs, and is measured as a whole. Leave --part out.`,
    );
  }
  const all = part === "all" ? read : read.filter((pair) => partOf(pair, description.training) === part);
  if (all.length === 0) {
    const { training } = description;
    const why =
      part === "test" || part === "validation" ? `, since the model was trained with --${part} ${training[part]}` : "";
    throw new DataError(
      part === "all"
        ? `${data.name} has no pairs.`
        : `the ${part} part of ${data.name} has no pairs${why}. Choose another --part, or other pairs.`,
    );
  }
  const pairs = all.filter((pair) => {
    const ids = idPair(pair, source, target);
    return ids.source.length > 0 && ids.target.length > 0;
  });
  if (pairs.length === 0) throw new DataError(`eval: every pair in the ${part} part of ${data.name} has a blank side.`);
  return { name: data.name, part, pairs, blank: all.length - pairs.length };
}
