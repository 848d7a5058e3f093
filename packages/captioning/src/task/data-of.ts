import { OptionError } from "@throughtime/core";
import type { EmojiArtist } from "@throughtime/image-data";
import type { OptionValues, PrepareContext } from "@throughtime/task";
import type { CaptionerDescription, DataSettings } from "../file/description.js";
import type { CaptionData } from "./data.js";
import { emojiData } from "./emoji.js";
import { fileData } from "./files.js";
import type { DATA } from "./options.js";
import { type SceneOptions, sceneData } from "./scenes.js";

/** Which data the options name, and how much of files is kept apart. */
export type DataChoice = OptionValues<typeof DATA> & { readonly validation: number; readonly test: number };

type Context = Pick<PrepareContext<CaptionerDescription>, "files" | "earlier">;

/** The data that the options name; else those of the training that goes on, else scenes. */
export async function dataOf(
  choice: DataChoice,
  scenes: SceneOptions,
  { files, earlier }: Context,
): Promise<CaptionData> {
  const { data } = choice;
  const before = earlier?.description.data;
  const settings = data === undefined && before ? before.settings : settingsOf(choice);
  if (settings?.name === "scenes") return sceneData(settings, scenes);
  if (settings?.name === "emoji") return emojiData(settings, files);
  if (data !== undefined) return fileData(files, { ...choice, data });
  throw new OptionError(`resume: this training learned the pictures of ${before?.name}. Give them again with --data.`);
}

/** Data that need no file, where the options name such. Throws OptionError for options that they do not read. */
function settingsOf(choice: DataChoice): DataSettings | null {
  const { data = "scenes", scenes = "pair", language = "en", split = "drawing", artist = ARTIST } = choice;
  if (data === "scenes") return { name: data, kind: scenes };
  if (data === "emoji") return { name: data, language, split, artist };
  return null;
}

const ARTIST = "fluent-emoji-flat" satisfies EmojiArtist;

/** The options that name such data: a training that goes on need not be told them. */
export function dataOptions({ settings }: CaptionData): Readonly<Record<string, string>> {
  if (settings === null) return {};
  if (settings.name === "scenes") return { data: settings.name, scenes: settings.kind };
  const { name: data, ...rest } = settings;
  return { data, ...rest };
}
