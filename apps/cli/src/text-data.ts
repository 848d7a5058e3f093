import { basename } from "node:path";
import { BOOK_NAME, book } from "./book.js";
import { type TextFileOptions, textOf } from "./text-file.js";

/** A text to learn, read once. */
export interface TextData {
  readonly name: string;
  /** The text in pieces that end between characters: a text may be longer than a string can be. */
  readonly pieces: AsyncIterable<string> | Iterable<string>;
}

/** The text of a file, of standard input for "-", or the book where no file is named. What cannot be read is an error when it is read. */
export function openText(path: string | undefined, options: TextFileOptions = {}): TextData {
  if (path === undefined) return { name: BOOK_NAME, pieces: [book()] };
  return { name: path === "-" ? "standard input" : basename(path), pieces: textOf(path, options) };
}
