import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Backend, Program } from "@throughtime/core";
import { languageModelTask } from "@throughtime/language-model/task";
import { type History, reportPage } from "@throughtime/report";
import { valuesOf } from "@throughtime/task";
import { BEST, LAST } from "@throughtime/train";
import { claimFolder, requireFree, writeAtomically } from "@throughtime/train/node";
import { openBackend } from "../backend.js";
import { exportTo } from "../export-to.js";
import { EXIT } from "../failures.js";
import { bytes } from "../format.js";
import { RECIPE } from "../recipe.js";
import { openModel } from "../tasks.js";
import { type Context, print } from "../terminal.js";
import { HISTORY } from "../training/history.js";
import { type TrainValues, trainTask } from "../training/train-task.js";
import { CAPTIONS, demoCaptions } from "./captions.js";
import { filesSection, programSections } from "./sections.js";
import type { DemoSettings } from "./settings.js";
import { watched } from "./watch.js";

const TASKS = [languageModelTask];

/** All that the demo writes, and what each file is. */
const FILES: Readonly<Record<string, string>> = {
  [BEST]: "the model with the lowest validation loss",
  [LAST]: "the model after the last step: training can go on from it",
  [RECIPE]: "the options that repeat this training",
  "sequence.onnx": "ONNX: reads a batch of whole texts",
  "step.onnx": "ONNX: reads one character at a time, state in and out",
  [HISTORY.events]: "all steps, a JSON object a line",
  [HISTORY.table]: "the same as a table",
  [HISTORY.page]: "this page",
};

/**
 * Trains a language model, shows what it writes as it learns, and exports it; then trains a captioner, and shows what it says of pictures
 * and where it looks. Gives the exit code. Throws OptionError where the
 * folder holds something else; what an earlier demo left there is replaced.
 */
export async function demo(settings: DemoSettings, context: Context): Promise<number> {
  const { folder, options, showAt } = settings;
  await claimFolder(folder);
  await requireFree(folder);
  for (const name of Object.keys(FILES)) await rm(join(folder, name), { force: true });
  let code: number = EXIT.ok;
  const end = (chosen: number) => {
    code = chosen;
  };
  const values = { ...valuesOf(languageModelTask.train.options, options), saveEvery: 30, out: folder } as TrainValues;
  let programs: () => readonly Program[] = () => [];
  const watch = (backend: Backend) => {
    const watching = watched(backend);
    programs = watching.programs;
    return watching.backend;
  };
  const program = ["throughtime"];
  const given = (name: string) => name in options;
  const run = await trainTask(TASKS, languageModelTask, values, given, { ...context, program, end }, { showAt, watch });
  if (code !== EXIT.ok || !run) return code;
  const backend = await openBackend({});
  try {
    const { files, largest } = await exportTo(folder, await openModel(TASKS, folder), backend);
    const captions = await demoCaptions(settings, { ...context, program, end });
    if (code !== EXIT.ok) return code;
    const sections = [...captions, await filesSection(folder, FILES), ...programSections(programs(), run.compiled)];
    const page = reportPage([{ name: `Throughtime reads ${nameOf(run.history)}`, history: run.history, sections }]);
    await writeAtomically(join(folder, HISTORY.page), new TextEncoder().encode(page));
    const onnx = files.map((file) => `${file.name} (${bytes(file.bytes)})`).join(" and ");
    print(
      context.terminal.out,
      [
        `Exported as ${onnx}; run on ONNX Runtime they agree with the trained model to ${largest.toExponential(1)}.`,
        `The report: ${pathToFileURL(resolve(folder, HISTORY.page))}`,
        `The captioner's own: ${pathToFileURL(resolve(folder, CAPTIONS, HISTORY.page))}`,
        `More of what it writes: node apps/cli/dist/bin.js sample ${folder} --prime "The whale" --temperature 0.7`,
      ].join("\n"),
    );
  } finally {
    await backend.close();
  }
  return EXIT.ok;
}

const nameOf = ({ starts }: History): string => (starts[0]?.data as { readonly name: string } | undefined)?.name ?? "";
