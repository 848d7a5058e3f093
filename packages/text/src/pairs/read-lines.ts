import { DataError } from "@throughtime/core";

/**
 * The lines of a UTF-8 stream, one at a time, so that a file may be larger than memory. Ends of lines are LF or CRLF; a
 * byte-order mark is taken off; a last line without an end is a line. Throws DataError where the bytes are not UTF-8,
 * naming the line. `name` is what messages call the file.
 *
 * @example for await (const line of readLines(createReadStream("train.de.gz").pipe(createGunzip()), "train.de.gz")) …
 */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name = "the text",
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let count = 0;
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw new DataError(
        `readLines: ${name} is not UTF-8, at line ${count + 1} or soon after. Convert it, for example with iconv.`,
        { name, line: count + 1 },
        { cause },
      );
    }
  };
  for await (const chunk of bytes) {
    const text = rest + decode(chunk);
    const lines = text.split("\n");
    rest = lines.pop() as string;
    for (const line of lines) {
      count++;
      yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
  }
  rest += decode();
  if (rest !== "") yield rest.endsWith("\r") ? rest.slice(0, -1) : rest;
}
