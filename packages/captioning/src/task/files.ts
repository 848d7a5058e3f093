import { DataError, OptionError } from "@throughtime/core";
import { type CaptionedImage, readCaptions } from "@throughtime/image-data";
import { type Files, partOf, textHash, textOf } from "@throughtime/task";
import { type CaptionData, listed, PART_NAMES, type PartName } from "./data.js";
import { count } from "./texts.js";

/** The options that say where captions and pictures stand. */
export interface CaptionFiles {
  /** A folder, or the file of captions. */
  readonly data: string;
  readonly images?: string | undefined;
  readonly captions?: string | undefined;
  readonly trainList?: string | undefined;
  readonly validationList?: string | undefined;
  readonly testList?: string | undefined;
  readonly encoding?: string | undefined;
  /** Shares that are kept apart, where neither the captions nor lists say it. */
  readonly validation: number;
  readonly test: number;
}

/** Names that files of captions have, and folders of pictures: of Karpathy's, COCO's and Flickr8k's archives. */
const CAPTIONS = /^(?:dataset.*\.json|captions.*\.(?:json|txt|csv|tsv)|.*\.tokens?\.txt|results.*\.(?:csv|token))$/i;
const FOLDERS = [
  "Images",
  "images",
  "Flicker8k_Dataset",
  "Flickr8k_Dataset",
  "flickr30k_images",
  "train2014",
  "val2017",
];
const LISTS: Readonly<Record<PartName, RegExp>> = {
  train: /trainImages\.txt$/i,
  validation: /(?:dev|val)Images\.txt$/i,
  test: /testImages\.txt$/i,
};

/**
 * Pictures of a folder with their captions. Throws DataError where a file cannot be read or is of another form, OptionError where it is
 * not clear which file has the captions.
 */
export async function fileData(files: Files, given: CaptionFiles): Promise<CaptionData> {
  const { path, folder, lists } = await placesOf(files, given);
  const text = await whole(files, path, given.encoding);
  const parts = Object.fromEntries(
    await Promise.all(
      Object.entries(lists).map(async ([part, list]) => [part, await whole(files, list, given.encoding)]),
    ),
  ) as Partial<Record<PartName, string>>;
  const name = files.name(path);
  const read = readCaptions(text, { name, folder, ...(Object.keys(parts).length > 0 && { parts }) });
  return dataFrom(name, read.images, given, [
    ...(read.withoutCaption.length > 0
      ? [`${count(read.withoutCaption.length)} pictures left out: they have no caption`]
      : []),
    ...(read.withoutPart.length > 0 ? [`${count(read.withoutPart.length)} pictures left out: no list names them`] : []),
  ]);
}

/** Pictures in a list, in the parts that they say, or in shares of them. */
export function dataFrom(
  name: string,
  images: readonly CaptionedImage[],
  shares: { readonly validation: number; readonly test: number },
  notes: readonly string[] = [],
  settings: CaptionData["settings"] = null,
): CaptionData {
  const hash = textHash();
  const parts: Record<PartName, CaptionedImage[]> = { train: [], validation: [], test: [] };
  for (const image of images) {
    const part = image.part ?? partOf(image.source.name, shares);
    hash.note(`${part}\t${image.source.name}\t${image.captions.join("\t")}\n`);
    parts[part].push(image);
  }
  const [train, validation, test] = PART_NAMES.map((part) => listed(parts[part])) as [never, never, never];
  return { name, settings, sha256: hash.digest(), parts: { train, validation, test }, notes, fresh: false };
}

async function placesOf(files: Files, given: CaptionFiles) {
  const { data, images, captions, trainList, validationList, testList } = given;
  const names = await files.list(data).catch((error: Error) => {
    if (error.name !== "DataError") throw error;
    return undefined;
  });
  const asked = { train: trainList, validation: validationList, test: testList };
  const said = Object.entries(asked).filter(([, list]) => list !== undefined) as [PartName, string][];
  if (names === undefined) {
    if (captions !== undefined)
      throw new OptionError(`--captions ${captions}: --data ${data} is no folder. Give one of them.`);
    return { path: data, folder: images ?? parentOf(data), lists: Object.fromEntries(said) };
  }
  const inside = (name: string) => `${data.replace(/[/\\]$/, "")}/${name}`;
  const found =
    said.length > 0
      ? []
      : PART_NAMES.flatMap((part) =>
          names.filter((name) => LISTS[part].test(name)).map((name) => [part, inside(name)]),
        );
  const own = FOLDERS.find((name) => names.includes(name));
  return {
    path: captions ?? inside(captionsOf(data, names)),
    folder: images ?? (own === undefined ? data : inside(own)),
    lists: Object.fromEntries([...said, ...found]) as Partial<Record<PartName, string>>,
  };
}

function captionsOf(folder: string, names: readonly string[]): string {
  const [first, ...others] = names.filter((name) => CAPTIONS.test(name));
  if (first === undefined) {
    throw new DataError(
      `${folder} has no file of captions that is known by its name, such as dataset_flickr8k.json, captions.txt or Flickr8k.token.txt. Name it with --captions FILE.`,
      { folder },
    );
  }
  if (others.length === 0) return first;
  throw new OptionError(
    `${folder} has several files of captions: ${[first, ...others].slice(0, 6).join(", ")}. Name one with --captions FILE.`,
  );
}

const parentOf = (path: string): string => /^(.*)[/\\]/.exec(path)?.[1] ?? ".";

async function whole(files: Files, path: string, encoding: string | undefined): Promise<string> {
  let text = "";
  for await (const piece of textOf(files, path, { encoding, once: true })) text += piece;
  return text;
}
