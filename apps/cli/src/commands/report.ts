import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { DataError, OptionError } from "@throughtime/core";
import { parseHistory, REPORT_MARK, type Run, reportPage, summaryOf } from "@throughtime/report";
import { writeAtomically } from "@throughtime/train/node";
import { jsonOption } from "../common-options.js";
import { path } from "../parse-options.js";
import { readBytes, reasonOf } from "../read-file.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { HISTORY } from "../training/history.js";
import { examples } from "./examples.js";

/** `throughtime report`: one page of one training, or of several beside each other. */
export const reportCommand = ({ terminal: { out, err } }: CommandContext) =>
  new Command("report")
    .summary("draw trainings in one page, to compare them")
    .description(
      "Reads the history that every training leaves in its folder, and writes one page: curves of all of them in one chart, the settings in which they differ, and their results. A training that still runs is drawn up to its last step.",
    )
    .argument("<folders...>", "folders of trainings, or their history.jsonl")
    .option("--out <file>", "where the page goes; only an earlier report is replaced", path, "report.html")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples([
        ["throughtime report out/lm", "one training, as report.html"],
        ["throughtime report out/gru out/lstm --out compare.html", "two, beside each other"],
      ]),
    )
    .action(async (folders, options) => {
      await requireReport(options.out);
      const runs: Run[] = [];
      for (const folder of folders) runs.push(await runOf(path(folder)));
      for (const { name, history } of runs)
        if (history.cut) print(err, `${name}: the last line of its history was cut; it is left out.`);
      const trainings = named(runs);
      await writeAtomically(options.out, new TextEncoder().encode(reportPage(trainings)));
      if (options.json) {
        const results = trainings.map(({ name, history }) => ({ name, ...summaryOf(history) }));
        return printJson(out, { file: options.out, trainings: results });
      }
      print(out, `${runs.length === 1 ? "1 training" : `${runs.length} trainings`} in ${options.out}`);
    });

/** The run in a folder. Throws DataError where there is no history, or it is damaged. */
async function runOf(folder: string): Promise<Run> {
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() ?? true;
  const file = isFolder ? join(folder, HISTORY.events) : folder;
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    const advice = `Name a folder that throughtime train wrote into.`;
    const why = cause.code === "ENOENT" ? `has no ${HISTORY.events}` : `cannot be read: ${reasonOf(cause)}`;
    throw new DataError(`report: ${folder} ${why}. ${advice}`, { path: file }, { cause });
  });
  if (!found.isFile() || found.size > LARGEST)
    throw new DataError(`report: ${file} is no history: ${found.isFile() ? "it is too large" : "it is no file"}.`, {
      path: file,
    });
  const history = parseHistory(new TextDecoder().decode(await readBytes(file)), file);
  if (history.starts.length > 0 || history.steps.length > 0)
    return { name: isFolder ? folder : dirname(file), history };
  throw new DataError(`report: ${file} holds no events yet. Wait for the training to begin.`, { path: file });
}

/** Of a history, in bytes. */
const LARGEST = 2 ** 29;

/** Folders by their last names where these differ, since all of a path says little in a legend. */
function named(runs: readonly Run[]): readonly Run[] {
  const short = runs.map(({ name }) => basename(resolve(name)));
  return new Set(short).size < runs.length ? runs : runs.map((run, i) => ({ ...run, name: short[i] as string }));
}

/** Throws OptionError where the file that is to be written is there and is no report: it is somebody's. */
async function requireReport(file: string): Promise<void> {
  const start = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new OptionError(`--out ${file}: it is there, and cannot be read (${error.code}). Name another file.`);
  });
  if (start === undefined || start.slice(0, 1000).includes(REPORT_MARK)) return;
  throw new OptionError(`--out ${file}: it is there, and is no report. Name another file.`, { path: file });
}
