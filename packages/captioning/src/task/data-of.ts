import { OptionError } from "@throughtime/core";
import type { PrepareContext } from "@throughtime/task";
import type { CaptionerDescription, DataSettings } from "../file/description.js";
import type { CaptionData } from "./data.js";
import { sceneData } from "./scenes.js";

/** What the options say of the data, as far as they name data that need no file. */
interface DataChoice {
  readonly data?: string | undefined;
  readonly scenes: "pair" | "crowd";
  readonly language: string;
}

/** The data that the options name; else those of the training that goes on, else scenes. `size`: of the pictures. */
export async function dataOf(
  values: DataChoice,
  size: number,
  { earlier }: Pick<PrepareContext<CaptionerDescription>, "earlier">,
): Promise<CaptionData> {
  const before = earlier?.description.data;
  const settings = values.data === undefined && before ? before.settings : settingsOf(values);
  if (settings?.name === "scenes") return sceneData(settings, size);
  throw new OptionError(`--data ${values.data}: expected scenes.`);
}

/** Data that need no file, where the options name such. */
function settingsOf({ data = "scenes", scenes, language }: DataChoice): DataSettings | undefined {
  if (data === "scenes") return { name: data, kind: scenes };
  if (data === "emoji") return { name: data, language };
  return undefined;
}

/** The options that name such data: a training that goes on need not be told them. */
export const dataOptions = ({ settings }: CaptionData): Readonly<Record<string, string>> =>
  settings === null ? {} : { data: settings.name };
