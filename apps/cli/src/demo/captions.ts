import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { captionTask } from "@throughtime/captioning/task";
import type { Section } from "@throughtime/report";
import { valuesOf } from "@throughtime/task";
import { BEST, LAST } from "@throughtime/train";
import { requireFree } from "@throughtime/train/node";
import { RECIPE } from "../recipe.js";
import type { CommandContext } from "../terminal.js";
import { HISTORY } from "../training/history.js";
import { type TrainValues, trainTask } from "../training/train-task.js";
import type { DemoSettings } from "./settings.js";

// The demo's last part: pictures in, sentences out.

/** The folder within the demo's, and what it holds. */
export const CAPTIONS = "captions";
const FILES = [BEST, LAST, RECIPE, ...Object.values(HISTORY)];

/** Trains a captioner on generated scenes. What it says of scenes that it never saw, with where it looked, as parts of a page. */
export async function demoCaptions(
  { folder, captions }: Pick<DemoSettings, "folder" | "captions">,
  context: CommandContext,
): Promise<readonly Section[]> {
  const own = join(folder, CAPTIONS);
  await mkdir(own, { recursive: true });
  await requireFree(own);
  for (const name of FILES) await rm(join(own, name), { force: true });
  const values = { ...valuesOf(captionTask.train.options, captions), saveEvery: 30, out: own } as TrainValues;
  const run = await trainTask([captionTask], captionTask, values, (name) => name in captions, context);
  const shown = run?.history.steps.filter(({ sections }) => sections !== undefined).at(-1);
  return (shown?.sections ?? []).map((section) => ({ ...section, title: `It captions pictures: ${section.title}` }));
}
