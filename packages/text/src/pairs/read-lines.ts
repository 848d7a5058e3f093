import { DataError } from "@throughtime/core";

const LF = 0x0a;

/**
 * The lines of a UTF-8 stream, one at a time, so that a file may be larger than memory. Ends of lines are LF or CRLF; a
 * byte-order mark is taken off; a last line without an end is a line. Throws DataError where the bytes of a line are not
 * UTF-8, naming it, after all lines before it. `name` is what messages call the file.
 *
 * @example for await (const line of readLines(createReadStream("train.de.gz").pipe(createGunzip()), "train.de.gz")) …
 */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name = "the text",
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let count = 0;
  const decode = (line: Uint8Array): string => {
    count++;
    try {
      const text = decoder.decode(line.at(-1) === CR ? line.subarray(0, -1) : line);
      return count === 1 && text.startsWith(BOM) ? text.slice(1) : text;
    } catch (cause) {
      const what = "is not UTF-8. Convert it, for example with iconv";
      throw new DataError(`readLines: line ${count} of ${name} ${what}.`, { name, line: count }, { cause });
    }
  };
  // What a line has of the chunks before this one. LF is never a part of another character.
  let held: Uint8Array[] = [];
  for await (const chunk of bytes) {
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      const line = joined([...held, chunk.subarray(from, at)]);
      held = [];
      from = at + 1;
      yield decode(line);
    }
    if (from < chunk.length) held.push(chunk.slice(from));
  }
  if (held.length > 0) yield decode(joined(held));
}

const CR = 0x0d;
const BOM = "\uFEFF";

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
