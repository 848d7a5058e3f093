import { ArgumentError, describe, optionsOf, printable, quote } from "@throughtime/core";
import type { CaptionedImage } from "../captioned-image.js";
import { cocoEntries } from "./coco.js";
import { type CaptionEntry, type FailAt, failIn, fieldsOf } from "./entry.js";
import { karpathyEntries } from "./karpathy.js";
import { isNumbered, isTable, linesOf, numberedEntries, tableEntries } from "./lines.js";

type Part = "train" | "validation" | "test";
const PARTS = ["train", "validation", "test"] as const;

export interface ReadCaptionsOptions {
  /** What messages call the file. Default "the captions". */
  readonly name?: string | undefined;
  /** The folder with the pictures, which paths begin with. Default: none. */
  readonly folder?: string | undefined;
  /** Texts that list the files of each part, a line each, as Flickr_8k.trainImages.txt does. Pictures in none of them are left out. */
  readonly parts?: Readonly<Partial<Record<Part, string>>> | undefined;
}

/** What a file of captions has. */
export interface CaptionFile {
  readonly form: "karpathy" | "coco" | "flickr8k" | "table";
  /** In the file's order, each with one caption or more. */
  readonly images: readonly CaptionedImage[];
  /** Paths of pictures that the file names and has no caption of; they are not among `images`. */
  readonly withoutCaption: readonly string[];
  /** Paths of pictures with captions that no list in `parts` names; they are not among `images`. */
  readonly withoutPart: readonly string[];
}

/** Larger than any known file: Karpathy's of COCO is 144 MB. */
const MOST_CHARACTERS = 2 ** 28;

/**
 * Pictures and their captions from a file that may come from anybody. Its form is known by its content: Karpathy's JSON, COCO's JSON,
 * Flickr8k's lines "file#number⇥caption", or a table "image,caption". White space in captions becomes single spaces.
 * Throws DataError, which names the entry or line, for another form, a field that is missing or of another kind, a path that leads out of the
 * folder, a picture or numbered caption that stands twice, an annotation of an unknown picture, and a part's list with an unknown file.
 */
export function readCaptions(text: string, options: ReadCaptionsOptions = {}): CaptionFile {
  const { name = "the captions", folder, parts } = optionsOf("readCaptions", options, "name", "folder", "parts");
  if (typeof text !== "string") throw new ArgumentError(`readCaptions: received ${describe(text)}; expected a text.`);
  const called = printable(name);
  const fail = failIn(called);
  requireSize(text, fail);
  const { form, entries } = entriesOf(text.replace(/^\ufeff/, ""), fail);
  const places = new Map<string, string>();
  for (const { path, place } of entries) {
    if (places.has(path)) throw fail(place, `is ${quote(path)}, which ${places.get(path)} is already.`);
    places.set(path, place);
  }
  const some = entries.map((entry) => ({ ...entry, captions: entry.captions.filter((caption) => caption !== "") }));
  const captioned = some.filter(({ captions }) => captions.length > 0);
  if (captioned.length === 0) throw fail("all", `have ${entries.length} pictures, and no caption of any of them.`);
  const listed = parts === undefined ? captioned : withParts(captioned, parts, called);
  return {
    form,
    images: listed.flatMap(({ path, captions, part }): CaptionedImage[] => {
      const source = { name: path, path: folder ? `${folder.replace(/[/\\]$/, "")}/${path}` : path };
      return parts !== undefined && part === undefined ? [] : [{ source, captions, part }];
    }),
    withoutCaption: some.flatMap(({ path, captions }) => (captions.length === 0 ? [path] : [])),
    withoutPart: parts === undefined ? [] : listed.flatMap(({ path, part }) => (part === undefined ? [path] : [])),
  };
}

function entriesOf(text: string, fail: FailAt): { form: CaptionFile["form"]; entries: readonly CaptionEntry[] } {
  const first = linesOf(text.slice(0, 20_000))[0]?.line ?? "";
  if (isTable(first)) return { form: "table", entries: tableEntries(text, fail) };
  if (isNumbered(first)) return { form: "flickr8k", entries: numberedEntries(text, fail) };
  if (!/^\s*[{[]/.test(first)) {
    throw fail(
      "line 1",
      `is ${quote(first)}; expected Karpathy's or COCO's JSON, "file#0", a tab and a caption, or the table's head "image,caption".`,
    );
  }
  const { images, annotations } = fieldsOf(parsed(text, fail), "the JSON", fail);
  if (annotations !== undefined) return { form: "coco", entries: cocoEntries(images, annotations, fail) };
  return { form: "karpathy", entries: karpathyEntries(images, fail) };
}

function parsed(text: string, fail: FailAt): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fail("the content", `begins as JSON and is none: ${printable((error as Error).message)}.`);
  }
}

/** Each with the part whose list names it. */
function withParts(
  entries: readonly CaptionEntry[],
  lists: Readonly<Partial<Record<Part, string>>>,
  name: string,
): readonly CaptionEntry[] {
  const known = new Set(entries.map(({ path }) => path));
  const partOf = new Map<string, Part>();
  for (const part of PARTS) {
    const fail = failIn(`the list of the ${part} part`);
    const list = lists[part] ?? "";
    requireSize(list, fail);
    for (const { line, place } of linesOf(list.replace(/^\ufeff/, ""))) {
      const path = line.trim();
      if (!known.has(path)) throw fail(place, `is ${quote(path)}, of which ${name} has no caption.`);
      const before = partOf.get(path);
      if (before !== undefined) throw fail(place, `is ${quote(path)}, which is in the ${before} part already.`);
      partOf.set(path, part);
    }
  }
  return entries.map((entry) => ({ ...entry, part: partOf.get(entry.path) }));
}

function requireSize(text: string, fail: FailAt): void {
  if (text.length <= MOST_CHARACTERS) return;
  throw fail("the content", `has ${text.length} characters; at most ${MOST_CHARACTERS} are read.`);
}
