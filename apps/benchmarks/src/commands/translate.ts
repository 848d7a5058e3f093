import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { parseNames } from "../config.js";
import { earlierEpochs, type LmRun, openRun, runEpoch } from "../lm/run.js";
import { writeFigures } from "../report/figures.js";
import { aligned } from "../report/table.js";
import { openChannelTo } from "../run/start-peer.js";
import { type Corpus, readCorpus, writeCorpus } from "../translate/corpus.js";
import { translatorOf } from "../translate/network.js";
import { pathsOf } from "../translate/paths.js";
import { initialParams, networkOptions, RECIPES, type RecipeName } from "../translate/recipe.js";
import { type Scores, scoresOf } from "../translate/scores.js";
import type { EpochDone, Translated, TranslationRequest, TranslationTask } from "../translate/training-protocol.js";
import { positive } from "./options.js";
import { showEpoch } from "./show-epoch.js";

const PEERS = ["ort", "pytorch"] as const;

const EXAMPLES = `
Examples:
  npm run bench -- translate --data multi30k --peers ort --recipe better --epochs 8
  npm run bench -- translate --data multi30k --peers ort --attention none --resume
  THROUGHTIME_PYTHON=python3 npm run bench -- translate --data multi30k

--data names a folder with train, val and the test's files in both languages, plain or gzipped: train.de.gz, train.en.gz, …
(https://github.com/multi30k/dataset, task 1). Peers take turns by epochs, each in a process of its own, on the same words
from the same first parameters; then each translates the test, by the parameters that validated best. Seconds are of training
alone. It takes an hour or more; every finished epoch is kept in --out, and --resume goes on after it.`;

/** `bench translate`: training a translator on sentence pairs, and the BLEU that it reaches. */
export const translate = () =>
  new Command("translate")
    .description("Trains a translator with attention on sentence pairs beside PyTorch, and scores it by BLEU.")
    .requiredOption("--data <folder>", "where the sentence pairs are")
    .option("--source <language>", "how the names of the source's files end", "de")
    .option("--target <language>", "how the names of the target's files end", "en")
    .option("--test <name>", "the test's files, without the language", "test_2016_flickr")
    .option("--peers <names>", `of ${PEERS.join(", ")}`, (text) => parseNames(text, PEERS), [...PEERS])
    .addOption(
      new Option("--recipe <name>", "how to train")
        .choices(["tutorial", "better"] as const)
        .default("tutorial" as const),
    )
    .addOption(
      new Option("--attention <score>", "what the decoder looks with")
        .choices(["additive", "none"] as const)
        .default("additive" as const),
    )
    .option("--epochs <n>", "passes over the pairs", positive, 10)
    .option("--embedding <n>", "E, the size of an embedded word", positive, 256)
    .option("--hidden <n>", "H, the size of every state", positive, 512)
    .option("--beam <n>", "how many hypotheses are followed", positive, 5)
    .option("--threads <n>", "threads of each peer", positive, 2)
    .option("--seed <n>", "of the first parameters and the batches", positive, 1)
    .option("--out <folder>", "where trainings are kept", "out/bench-translate")
    .option("--resume", "go on with the trainings in --out")
    .option("--json <file>", "write the figures there")
    .addHelpText("after", EXAMPLES)
    .action(async (options) => {
      const { recipe, attention, epochs, peers, seed, threads, beam, embedding: E, hidden: H } = options;
      const folder = resolve(options.out, `${recipe}-${attention}-E${E}-H${H}-${epochs}-seed${seed}`);
      if (existsSync(folder) && !options.resume) {
        throw new Error(`${folder} holds trainings. Go on with them by --resume, or name another folder with --out.`);
      }
      const corpus = await readCorpus(options);
      const file = writeCorpus(folder, corpus, firstParams(corpus, recipe, attention, { E, H }, seed));
      const taskOf = (peer: string): TranslationTask => ({
        ...{ ...RECIPES[recipe], attention, epochs, seed, corpus: file },
        folder: join(folder, peer),
      });
      const results: Result[] = [];
      const runs: LmRun[] = [];
      for (const peer of peers) {
        try {
          if (peer === "pytorch" && attention === "none") throw new Error("it has no such network");
          const channel = await openChannelTo("translate-training", peer, threads);
          runs.push(await openRun(peer, channel, taskOf(peer), earlierEpochs(taskOf(peer))));
        } catch (error) {
          results.push({ peer, notMeasured: (error as Error).message });
        }
      }
      try {
        for (let epoch = 1; epoch <= epochs; epoch++) {
          for (const run of runs.filter((one) => one.epochs.length < epoch)) {
            await showEpoch(run, epoch, "word", (tell) => runEpoch(run, taskOf(run.peer), tell));
          }
        }
        for (const { peer, channel, epochs: done } of runs) {
          const request: TranslationRequest = { do: "translate", beam, maxLength: MAX_LENGTH };
          const { hypotheses, seconds } = await channel.ask<Translated>(request);
          const said = hypotheses.map((ids) => corpus.decode(ids));
          writeFileSync(join(folder, `${peer}.hyp`), `${said.join("\n")}\n`);
          const lengths = corpus.parts.test.map((pair) => pair.source.length);
          const scores = scoresOf(said, corpus.references, lengths);
          results.push({ peer, device: channel.device, epochs: done, scores, perMinute: (60 * said.length) / seconds });
        }
      } finally {
        await Promise.all(runs.map(({ channel }) => channel.close()));
      }
      console.log(`${recipe}, attention ${attention}, beam ${beam}\n${translationTable(results)}`);
      if (options.json !== undefined) writeFigures(options.json, { recipe, attention, beam, epochs, results });
    });

/** Words of a translation at most. */
const MAX_LENGTH = 50;

interface Scored {
  readonly peer: string;
  readonly device: string;
  readonly epochs: readonly EpochDone[];
  readonly scores: Scores;
  readonly perMinute: number;
}

export type Result = Scored | { readonly peer: string; readonly notMeasured: string };

function firstParams(
  { sourceVocabulary, targetVocabulary }: Corpus,
  name: RecipeName,
  attention: TranslationTask["attention"],
  sizes: { readonly E: number; readonly H: number },
  seed: number,
) {
  const vocabularies = { Vs: sourceVocabulary.size, Vt: targetVocabulary.size };
  const model = translatorOf({ ...vocabularies, ...sizes, ...networkOptions(RECIPES[name]), attention });
  return pathsOf("params", initialParams(model, RECIPES[name], seed));
}

/** What each peer reached, then BLEU by the source's length. */
export function translationTable(results: readonly Result[]): string {
  const scored = results.filter((result): result is Scored => "scores" in result);
  const header = ["peer", "BLEU", "epochs", "best validation", "training s", "sentences a minute"];
  const rows = results.map((result) => {
    if (!("scores" in result)) return [result.peer, `not measured: ${result.notMeasured}`];
    const { peer, scores, epochs, perMinute } = result;
    const best = epochs.reduce((least, { validation }) => Math.min(least, validation), Infinity);
    const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
    return [
      peer,
      scores.bleu.toFixed(2),
      String(epochs.length),
      best.toFixed(4),
      seconds.toFixed(0),
      perMinute.toFixed(0),
    ];
  });
  const groups = scored[0]?.scores.groups ?? [];
  const byLength = [
    ["words", "sentences", ...scored.map(({ peer }) => peer)],
    ...groups.map(({ words, sentences }, g) => [
      words,
      String(sentences),
      ...scored.map(({ scores }) => (scores.groups[g]?.bleu ?? Number.NaN).toFixed(2)),
    ]),
  ];
  const signatures = [...new Set(scored.map(({ scores }) => scores.signature))];
  const devices = scored.map(({ peer, device }) => `${peer}: ${device}`);
  return [
    aligned([header, ...rows]),
    ...(scored.length > 0 ? [aligned(byLength)] : []),
    ...signatures,
    ...devices,
  ].join("\n");
}
