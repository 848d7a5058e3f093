import type { Backend } from "@throughtime/core";
import type { Options, OptionValues, Said, SavedModel, Use } from "@throughtime/task";
import { fileStore, holdFolder } from "@throughtime/train/node";
import { openBackend } from "./backend.js";
import { JSON_OUTPUT, WHERE_TO_RUN, type WhereToRun } from "./common-options.js";
import { EXIT } from "./failures.js";
import { nodeFiles } from "./files.js";
import { nodeHost, shownProgress } from "./host.js";
import { type CommandContext, print, printJson } from "./terminal.js";

/** The options of every command that uses a model, beside its own. */
export const useOptions = (): Options => ({ ...WHERE_TO_RUN, ...JSON_OUTPUT });

export type UseValues = WhereToRun & OptionValues<typeof JSON_OUTPUT> & Readonly<Record<string, unknown>>;

/** Runs a use of a model, and shows what it says: texts for people, or JSON for programs. */
export async function useModel(
  use: Use,
  saved: SavedModel<unknown>,
  values: UseValues,
  inputs: readonly string[],
  isGiven: (name: string) => boolean,
  context: CommandContext,
): Promise<void> {
  const { terminal, signal } = context;
  const files = nodeFiles(terminal.in);
  const host = nodeHost(files, shownProgress(context.terminal, values.json));
  let opened: Promise<Backend> | undefined;
  let release = async () => {};
  const backend = async () => {
    // What is wrong with inputs was said by now; folders are claimed before an hour of work, not after it.
    if (!opened) release = await holdFolders(use.options, values);
    opened ??= openBackend(values);
    return opened;
  };
  try {
    const stopsItself = () => context.stopsItself?.();
    for await (const said of use.run(saved, values as never, {
      files,
      host,
      isGiven,
      inputs,
      backend,
      signal,
      stopsItself,
    })) {
      host.close();
      await show(said, values, context);
    }
  } finally {
    host.close();
    await release();
    await (await opened)?.close();
  }
}

async function show(
  { text, json, problem, files, interrupted }: Said,
  values: UseValues,
  context: CommandContext,
): Promise<void> {
  const { out, err } = context.terminal;
  if (values.json) {
    if (json !== undefined) printJson(out, json);
  } else if (text !== undefined) out.write(text);
  if (files) {
    const store = fileStore(values[files.option] as string);
    for (const [name, bytes] of Object.entries(files.contents)) await store.write(name, bytes);
  }
  if (interrupted) context.end(EXIT.interrupted);
  if (problem === undefined) return;
  print(err, `throughtime: ${problem}`);
  context.end(EXIT.failed);
}

/** Claims the folders that the options name to be written into. */
async function holdFolders(options: Options, values: UseValues): Promise<() => Promise<void>> {
  const names = Object.keys(options).filter((name) => {
    const option = options[name];
    return option?.type === "string" && option.format === "folder" && values[name] !== undefined;
  });
  const held: (() => Promise<void>)[] = [];
  const release = async () => {
    for (const letGo of held) await letGo();
  };
  try {
    for (const name of names) held.push(await holdFolder(values[name] as string));
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}
