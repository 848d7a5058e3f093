import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type History, layersOf, type Run, reportPage, summaryOf } from "@throughtime/report";
import { BEST, LAST } from "@throughtime/train";
import { claimFolder, requireFree, writeAtomically } from "@throughtime/train/node";
import { openBackend } from "../backend.js";
import { exportModel } from "../export/export-model.js";
import type { Exported } from "../export/write-files.js";
import { EXIT } from "../failures.js";
import { bytes, duration } from "../format.js";
import { loadModel } from "../lm/load.js";
import { introduction, lossText } from "../lm/texts.js";
import { newTraining } from "../lm/training.js";
import { type Context, print } from "../terminal.js";
import { openText } from "../text-data.js";
import { HISTORY, openHistory } from "../training/history.js";
import { outputFolder } from "../training/output.js";
import { VERSION } from "../version.js";
import { follow } from "./follow.js";
import { filesSection, programSections } from "./sections.js";
import type { DemoSettings } from "./settings.js";
import { watched } from "./watch.js";

/** Every character of the text. */
const TOKENS = { kind: "characters", case: "mixed", minFrequency: 1, maxVocabulary: Infinity, merges: 0 } as const;

/** All that the demo writes, and what each file is. */
const FILES: Readonly<Record<string, string>> = {
  [BEST]: "the checkpoint with the lowest validation loss",
  [LAST]: "the checkpoint after the last step: training can go on from it",
  "sequence.onnx": "ONNX: reads a batch of whole texts",
  "step.onnx": "ONNX: reads one character at a time, state in and out",
  [HISTORY.events]: "all steps, a JSON object a line",
  [HISTORY.table]: "the same as a table",
  [HISTORY.page]: "this page",
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
    const { description, parameters, training } = run;
    print(terminal.err, introduction(run, backend));
    stopsItself?.();
    const { params } = await training.snapshot();
    const file = await openHistory(folder);
    await file.write({
      ...{ event: "start", from: 0, steps: description.training.steps, device: backend.device },
      ...{
        parameters,
        unit: "characters",
        layers: layersOf(params),
        throughtime: VERSION,
        node: process.versions.node,
      },
      ...{ model: description.model, training: description.training, data: description.data },
    });
    const last = await follow(run, backend, settings.sampleAt, file, terminal.err).finally(() => file.close());
    await output.release();
    if (last?.ended === "signal") {
      print(terminal.err, `Stopped after step ${last.step}. Saved in ${join(folder, LAST)}.`);
      return EXIT.interrupted;
    }
    const exported = await exportModel(await loadModel(folder), backend, folder);
    const title = `Throughtime reads ${description.data.name}`;
    const sections = [await filesSection(folder, FILES), ...programSections(watch.programs(), training.stats())];
    await writePage(folder, { name: title, history: file.history, sections });
    print(terminal.out, conclusion(folder, file.history, exported));
    return EXIT.ok;
  } finally {
    await output.release();
    await backend.close();
  }
}

const writePage = (folder: string, run: Run): Promise<void> =>
  writeAtomically(join(folder, HISTORY.page), new TextEncoder().encode(reportPage([run])));

function conclusion(folder: string, history: History, exported: Exported): string {
  const onnx = exported.files.map((file) => `${file.name} (${bytes(file.bytes)})`).join(" and ");
  const { seconds, lastValidation } = summaryOf(history);
  return [
    `Trained in ${duration(seconds)}${lastValidation ? `: validation ${lossText(lastValidation.loss)}` : ""}.`,
    `Exported as ${onnx}; run on ONNX Runtime they agree with the trained model to ${exported.largest.toExponential(1)}.`,
    `The report: ${pathToFileURL(resolve(folder, HISTORY.page))}`,
    `More of what it writes: node apps/cli/dist/bin.js sample ${folder} --prime "The whale" --temperature 0.7`,
  ].join("\n");
}
