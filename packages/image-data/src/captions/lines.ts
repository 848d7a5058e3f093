import { quote } from "@throughtime/core";
import { type CaptionEntry, captionOf, type FailAt, pathOf } from "./entry.js";

const NUMBERED = /^(.+)#(\d+)\t(.*)$/;
const HEADER = /^image\s*,\s*caption\s*$/i;
/** A file's name and a caption, each as it is or in quotes, in which quotes are doubled. */
const ROW = /^(?:"((?:[^"]|"")*)"|([^",]*)),(?:"((?:[^"]|"")*)"|(.*))\s*$/;

/** Whether a text begins as one of the two forms of lines. */
export const isNumbered = (firstLine: string): boolean => NUMBERED.test(firstLine);
export const isTable = (firstLine: string): boolean => HEADER.test(firstLine);

/**
 * Flickr8k.token.txt, results_20130124.token of Flickr30k and others (Hodosh et al. 2013, "Framing image description as a ranking
 * task"): lines "1000268201_693b08cb0e.jpg#0⇥A child in a pink dress …".
 */
export const numberedEntries = (text: string, fail: FailAt): readonly CaptionEntry[] =>
  grouped(text, fail, (line, place) => {
    const [, file, number, caption] = NUMBERED.exec(line) ?? [];
    if (caption !== undefined) return { file, caption, number };
    throw fail(place, `is ${quote(line)}; expected a file's name, "#" and a number, a tab, and a caption.`);
  });

/** captions.txt of Flickr8k as Kaggle has it: a table "image,caption". */
export const tableEntries = (text: string, fail: FailAt): readonly CaptionEntry[] =>
  grouped(text, fail, (line, place) => {
    if (place === "line 1") return undefined;
    const [, quotedFile, file, quotedCaption, caption] = ROW.exec(line) ?? [];
    const said = unquoted(quotedCaption) ?? caption;
    if (said !== undefined) return { file: unquoted(quotedFile) ?? file, caption: said };
    throw fail(place, `is ${quote(line)}; expected a file's name, a comma, and a caption, each in one line.`);
  });

const unquoted = (quoted: string | undefined) => quoted?.replace(/""/g, '"');

interface Row {
  readonly file: string | undefined;
  readonly caption: string;
  readonly number?: string | undefined;
}

/** Lines of one picture become one entry, where its first line is. Blank lines are none. */
function grouped(
  text: string,
  fail: FailAt,
  read: (line: string, place: string) => Row | undefined,
): readonly CaptionEntry[] {
  const entries = new Map<string, { place: string; path: string; captions: string[] }>();
  const numbers = new Map<string, string>();
  linesOf(text).forEach(({ line, place }) => {
    const row = read(line, place);
    if (row === undefined) return;
    const path = pathOf(row.file?.trim(), `the file of ${place}`, fail);
    if (row.number !== undefined) {
      const id = `${path}#${Number(row.number)}`;
      if (numbers.has(id)) throw fail(place, `is caption ${quote(id)}, which ${numbers.get(id)} is already.`);
      numbers.set(id, place);
    }
    const entry = entries.get(path) ?? { place, path, captions: [] };
    entry.captions.push(captionOf(row.caption, `the caption of ${place}`, fail));
    entries.set(path, entry);
  });
  return [...entries.values()];
}

/** The lines that are not blank, each with its place. */
export const linesOf = (text: string): readonly { readonly line: string; readonly place: string }[] =>
  text
    .split(/\r\n|\n|\r/)
    .map((line, i) => ({ line, place: `line ${i + 1}` }))
    .filter(({ line }) => line.trim() !== "");
