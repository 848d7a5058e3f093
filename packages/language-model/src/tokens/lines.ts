import { lineSplitter } from "@throughtime/text";

/** A line is cut at white space where it gets longer than this: a text may have no ends of lines at all. */
const LONGEST = 2 ** 20;

/**
 * Cuts a text that comes in pieces into its lines: `text` gets each, or a long one in several parts, and `end` is called at its end; a
 * last one without an end has none. The function that is returned is called with each piece, and at last with none.
 */
export function byLines(text: (line: string) => void, end: () => void): (piece?: string) => void {
  const splitter = lineSplitter({ longest: LONGEST });
  return (piece) => {
    for (const part of piece === undefined ? splitter.end() : splitter.push(piece)) {
      text(part.text);
      if (part.ended) end();
    }
  };
}
