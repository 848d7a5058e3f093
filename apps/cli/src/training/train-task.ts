import { readdir } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { type Backend, CheckpointError, type CompileStats, OptionError } from "@throughtime/core";
import type { History } from "@throughtime/report";
import {
  type AnyTask,
  resumedValues,
  type SavedModel,
  start,
  type TrainingValues,
  trainOptions,
} from "@throughtime/task";
import { LAST } from "@throughtime/train";
import { fileStore, requireFree } from "@throughtime/train/node";
import { openBackend } from "../backend.js";
import type { OutputValues, WhereToRun } from "../common-options.js";
import { nodeFiles } from "../files.js";
import { nodeHost, shownProgress } from "../host.js";
import { RECIPE, recipeText } from "../recipe.js";
import { openModel } from "../tasks.js";
import { type CommandContext, print } from "../terminal.js";
import { VERSION } from "../version.js";
import { conduct } from "./conduct.js";
import { openHistory } from "./history.js";
import { earlierTrainingError, outputFolder } from "./output.js";
import { resumeCommand } from "./resume-command.js";
import { dryRun, findRates } from "./trials.js";
import { type IsGiven, lengthNow, lengthOption, recipeIn, withRecipe } from "./with-recipe.js";

/** What `throughtime train TASK` was called with. */
export type TrainValues = TrainingValues &
  OutputValues &
  WhereToRun & { readonly out: string } & Readonly<Record<string, unknown>>;

/** What a caller who is no command line may want of a training. */
export interface Watching {
  /** Steps after which the task shows what the model says, beside every validation. */
  readonly showAt?: readonly number[];
  /** Stands between the training and its backend. */
  watch?(backend: Backend): Backend;
}

/** A training that came to its end, or was stopped. */
export interface TrainedRun {
  readonly history: History;
  readonly compiled: readonly CompileStats[];
}

/**
 * The work of `throughtime train TASK`. `isTyped` tells what stands on the command line from defaults. Undefined where it was asked for
 * something else than training.
 */
export async function trainTask(
  tasks: readonly AnyTask[],
  task: AnyTask,
  typed: TrainValues,
  isTyped: IsGiven,
  context: CommandContext,
  { showAt = [], watch = (backend) => backend }: Watching = {},
): Promise<TrainedRun | undefined> {
  const files = nodeFiles(context.terminal.in);
  const { values: said, isSaid, isGiven } = await withRecipe(task, typed, isTyped, files);
  const earlier = await earlierTraining(tasks, task, said);
  const values = (earlier ? resumedValues(task, said, isSaid, earlier, said.out) : said) as TrainValues;
  const began = earlier ? await recipeIn(said.out, task, isSaid) : {};
  if (values.printRecipe) {
    const length = earlier ? lengthOption(lengthNow(earlier, values)) : {};
    print(context.terminal.out, recipeText(task, { ...values, ...began, ...length }));
    return undefined;
  }
  const model = (path: string) => modelOf(tasks, task, path);
  const host = nodeHost(files, shownProgress(context.terminal, values.json));
  const prepared = await task.train.prepare(values, { files, host, isGiven, earlier, model }).finally(host.close);
  const backend = watch(await openBackend(values));
  const output = outputFolder(values.out);
  try {
    const place = { backend, earlier, folder: values.out, writer: `throughtime ${VERSION}`, memory: totalmem() };
    if (values.dryRun || values.findRate) {
      const { options } = trainOptions(task, prepared, values, place);
      const trial = { prepared, options, device: backend.device, json: values.json ?? false };
      await (values.dryRun ? dryRun(trial, context) : findRates(trial, values.out, context));
      return undefined;
    }
    const resume = earlier ? "must" : "never";
    const started = await start(task, prepared, values, {
      ...{ ...place, saveEverySeconds: values.saveEvery, signal: context.signal },
      store: () => output.claim(resume),
    });
    // What the data decided (a data set that is gone on with, their shares) belongs to what repeats it.
    const { length } = started.description;
    const recipe = recipeText(task, { ...values, ...prepared.options, ...began, ...lengthOption(length) });
    const history = await openHistory(values.out, { resumeFrom: started.from });
    await fileStore(values.out)
      .write(RECIPE, new TextEncoder().encode(`${recipe}\n`))
      .catch((error: unknown) => history.close().finally(() => Promise.reject(error)));
    const again = resumeCommand(context.program, task, values, isGiven);
    const run = { ...started, prepared, folder: values.out, device: backend.device, again, history, output, showAt };
    await conduct(run, values.json ?? false, context);
    return { history: history.history, compiled: started.training.stats() };
  } finally {
    await output.release();
    await backend.close();
    await prepared.release?.();
  }
}

/** The training in --out that is gone on with. Throws OptionError where --out and --resume do not agree, or another process trains there. */
async function earlierTraining(
  tasks: readonly AnyTask[],
  task: AnyTask,
  { out, resume, printRecipe, dryRun, findRate }: TrainValues,
): Promise<SavedModel<unknown> | undefined> {
  // What makes no training is in no other's way.
  if (!resume && (printRecipe || dryRun || findRate)) return undefined;
  await requireFree(out);
  const entries = await readdir(out).catch((): string[] => []);
  if (resume && entries.includes(LAST)) return modelOf(tasks, task, join(out, LAST));
  if (resume) {
    throw new OptionError(`--resume: ${out} holds no training (${LAST}) that could go on. Leave it out to begin one.`);
  }
  if (entries.includes(LAST)) throw earlierTrainingError(out);
  return undefined;
}

/** A trained model of this task. Throws CheckpointError where it is another's. */
async function modelOf(tasks: readonly AnyTask[], task: AnyTask, path: string): Promise<SavedModel<unknown>> {
  const { task: own, saved } = await openModel(tasks, path, task.name);
  if (own === task) return saved;
  throw new CheckpointError(
    `${saved.path}: it is a ${own.noun}, which throughtime train ${own.name} trains; train ${task.name} takes a ${task.noun}.`,
  );
}
