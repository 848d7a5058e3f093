import { DataError } from "@throughtime/core";

/**
 * The text of a UTF-8 file's bytes; a byte-order mark is taken off. Throws DataError where there is no text, and where the
 * bytes are not UTF-8, saying at which one. `name` is what messages call the file.
 *
 * @example readText(await readFile("book.txt"), "book.txt")
 */
export function readText(bytes: Uint8Array, name = "the text"): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DataError(
      `readText: ${name} is not UTF-8: ${whatIsWrong(bytes)}`,
      { name, offset: firstInvalid(bytes) },
      { cause },
    );
  }
  if (text.length === 0) throw new DataError(`readText: ${name} is empty; expected text in UTF-8.`, { name });
  return text;
}

function whatIsWrong(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return "it begins with the mark of UTF-16. Convert it, for example with iconv -f UTF-16 -t UTF-8.";
  }
  const offset = firstInvalid(bytes);
  if (offset === bytes.length) return `it ends in the middle of a character, after ${offset} bytes. Was it cut off?`;
  const value = `0x${(bytes[offset] as number).toString(16).padStart(2, "0")}`;
  return `byte ${offset} (${value}) cannot stand where it stands. Convert the file, or leave that byte out.`;
}

/** The index of the first byte that no UTF-8 text could have there; the length where only the end is missing. */
function firstInvalid(bytes: Uint8Array): number {
  const isPrefix = (length: number): boolean => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  if (isPrefix(bytes.length)) return bytes.length;
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isPrefix(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
