import { rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { CompileStats, Program } from "@throughtime/core";
import { BEST, LAST } from "@throughtime/train";
import { claimFolder, fileStore, requireFree } from "@throughtime/train/node";
import { openBackend } from "../backend.js";
import { exportModel } from "../export/export-model.js";
import type { Exported } from "../export/write-files.js";
import { EXIT } from "../failures.js";
import { bytes, duration } from "../format.js";
import { loadModel } from "../lm/load.js";
import { introduction, lossText } from "../lm/texts.js";
import { type LmTraining, newTraining } from "../lm/training.js";
import { reportPage } from "../report/page.js";
import { printed, type WatchedBackend, watched } from "../report/watch.js";
import { type Context, print } from "../terminal.js";
import { openText } from "../text-data.js";
import { outputFolder } from "../training/output.js";
import { VERSION } from "../version.js";
import { follow, type History } from "./follow.js";
import type { DemoSettings } from "./settings.js";

/** Every character of the text. */
const TOKENS = { kind: "characters", case: "mixed", minFrequency: 1, maxVocabulary: Infinity, merges: 0 } as const;

const REPORT = "report.html";
/** All that the demo writes, and what each file is. */
const FILES: Readonly<Record<string, string>> = {
  [BEST]: "the checkpoint with the lowest validation loss",
  [LAST]: "the checkpoint after the last step: training can go on from it",
  "sequence.onnx": "ONNX: reads a batch of whole texts",
  "step.onnx": "ONNX: reads one character at a time, state in and out",
  [REPORT]: "this page",
};

/**
 * Trains a model, shows what it writes as it learns, exports it, and writes a report. Gives the exit code. Throws
 * OptionError where the folder holds something else; what an earlier demo left there is replaced.
 */
export async function demo(settings: DemoSettings, { terminal, signal, stopsItself }: Context): Promise<number> {
  const { folder } = settings;
  const output = outputFolder(folder);
  await claimFolder(folder);
  await requireFree(folder);
  for (const name of Object.keys(FILES)) await rm(join(folder, name), { force: true });
  const data = settings.data ?? openText(undefined);
  const backend = await openBackend({});
  try {
    const watch = watched(backend);
    const place = { backend: watch.backend, output, saveEverySeconds: 30, signal };
    const run = await newTraining(data, settings.model, TOKENS, settings.training, place);
    print(terminal.err, introduction(run, backend));
    stopsItself?.();
    const history = await follow(run, backend, settings.sampleAt, terminal.err);
    await output.release();
    if (history.last?.ended === "signal") {
      print(terminal.err, `Stopped after step ${history.last.step}. Saved in ${join(folder, LAST)}.`);
      return EXIT.interrupted;
    }
    const exported = await exportModel(await loadModel(folder), backend, folder);
    const page = await pageOf(run, history, watch, folder);
    await fileStore(folder).write(REPORT, new TextEncoder().encode(page));
    print(terminal.out, conclusion(folder, history, exported));
    return EXIT.ok;
  } finally {
    await output.release();
    await backend.close();
  }
}

async function pageOf(run: LmTraining, history: History, watch: WatchedBackend, folder: string) {
  // The first Program that a training compiles is its step.
  const stats = run.training.stats()[0] as CompileStats;
  const names = Object.keys(FILES).filter((name) => name !== REPORT);
  return reportPage({
    title: `Throughtime reads ${run.description.data.name}`,
    ...{ description: run.description, parameters: run.parameters },
    ...{ device: watch.backend.device, version: VERSION, node: process.versions.node },
    ...history,
    program: { ...stats, text: printed(watch.programs()[0] as Program) },
    files: await Promise.all(
      names.map(async (name) => ({ name, bytes: (await stat(join(folder, name))).size, what: FILES[name] as string })),
    ),
  });
}

function conclusion(folder: string, { seconds, validations }: History, exported: Exported): string {
  const onnx = exported.files.map((file) => `${file.name} (${bytes(file.bytes)})`).join(" and ");
  const measured = validations.at(-1);
  return [
    `Trained in ${duration(seconds)}${measured ? `: validation ${lossText(measured.loss)}` : ""}.`,
    `Exported as ${onnx}; run on ONNX Runtime they agree with the trained model to ${exported.largest.toExponential(1)}.`,
    `The report: ${pathToFileURL(resolve(folder, REPORT))}`,
    `More of what it writes: node apps/cli/dist/bin.js sample ${folder} --prime "The whale" --temperature 0.7`,
  ].join("\n");
}
