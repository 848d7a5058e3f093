import { createHash } from "node:crypto";
import { basename } from "node:path";
import { readText } from "@throughtime/text";
import { BOOK_NAME, book } from "./book.js";
import { readBytes } from "./read-file.js";

/** A text to learn, and what tells it apart from others. */
export interface TextData {
  readonly name: string;
  readonly text: string;
  /** Of the text as UTF-8, in hexadecimal: a checkpoint's cursor means nothing in another text. */
  readonly sha256: string;
}

/** The text of a UTF-8 file, or the book where no file is named. Throws DataError where it cannot be read. */
export async function loadText(path: string | undefined): Promise<TextData> {
  const [name, text] =
    path === undefined ? [BOOK_NAME, book()] : [basename(path), readText(await readBytes(path), path)];
  return { name, text, sha256: createHash("sha256").update(text, "utf8").digest("hex") };
}
