import { DataError, OptionError, quote } from "@throughtime/core";

/** Decodes bytes that come in chunks. */
export interface Decoding {
  /** The characters that end in this chunk; those that go on in the next come with it. Where the bytes are not in the encoding, those before, and the error. */
  push(chunk: Uint8Array): { readonly text: string; readonly error?: DataError };
  /** What is left. Throws DataError where a character was cut off. */
  end(): string;
}

/** A decoder that says of UTF-8 which byte is wrong, and what the bytes look like. Throws OptionError for an encoding that there is not. */
export function decoding(name: string, encoding = "utf-8"): Decoding {
  const decoder = decoderOf(encoding);
  let before = 0;
  let start = NONE;
  // The last bytes before a chunk, which may begin a character of its own.
  let held = NONE;
  const refuse = (what: string, details: Readonly<Record<string, unknown>>, cause: unknown) =>
    new DataError(`${name} is not ${what}`, { name, ...details }, { cause });
  return {
    push(chunk) {
      if (before === 0) start = chunk.slice(0, 2);
      try {
        const piece = decoder.decode(chunk, { stream: true });
        before += chunk.length;
        held = joined(held, chunk.subarray(-3)).slice(-3);
        return { text: piece };
      } catch (cause) {
        if (decoder.encoding !== "utf-8") {
          return { text: "", error: refuse(`in the encoding ${decoder.encoding}.`, { encoding }, cause) };
        }
        const whole = [...held].findIndex((byte) => !continues(byte));
        const from = whole < 0 ? held.length : whole;
        const bytes = joined(held.subarray(from), chunk);
        const at = firstInvalid(bytes);
        const offset = before - held.length + from + at;
        const { text, suggested } = whatItIs(start, bytes, at, offset);
        const good = utf8(bytes.subarray(0, at)).slice(utf8(held.subarray(from)).length);
        return { text: good, error: refuse(`UTF-8: ${text}`, { offset, ...(suggested ? { suggested } : {}) }, cause) };
      }
    },
    end() {
      try {
        return decoder.decode();
      } catch (cause) {
        const text = `it ends in the middle of a character, after ${before} bytes. Was it cut off?`;
        throw refuse(
          decoder.encoding === "utf-8" ? `UTF-8: ${text}` : `in the encoding ${decoder.encoding}: ${text}`,
          { offset: before },
          cause,
        );
      }
    },
  };
}

function decoderOf(encoding: string) {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (cause) {
    throw new OptionError(
      `encoding: ${quote(encoding)} is not known. Give utf-8, windows-1252 (which Latin-1 is read as), utf-16le, or another label of the Encoding Standard.`,
      { encoding },
      { cause },
    );
  }
}

/** What bytes that are not UTF-8 may be, and the encoding to read them in, where there is one. */
function whatItIs(
  start: Uint8Array,
  bytes: Uint8Array,
  at: number,
  offset: number,
): { text: string; suggested?: string } {
  const [first, second] = start;
  if (first === 0xff && second === 0xfe) return { text: "it begins with the mark of UTF-16.", suggested: "utf-16le" };
  if (first === 0xfe && second === 0xff) return { text: "it begins with the mark of UTF-16.", suggested: "utf-16be" };
  if (first === 0x1f && second === 0x8b) return { text: "it is gzipped. Unzip it first." };
  const value = `0x${(bytes[at] as number).toString(16).padStart(2, "0")}`;
  const where = `byte ${offset} (${value}) cannot stand where it stands.`;
  // Text has few control characters; what is compressed, or a program, has many.
  const around = bytes.subarray(Math.max(0, at - 2000), at + 2000);
  const controls = around.reduce((sum, byte) => sum + (byte < 9 || (byte > 13 && byte < 32) ? 1 : 0), 0);
  if (controls > around.length / 50) return { text: `${where} It does not look like text.` };
  return { text: `${where} It may be Latin-1 or Windows-1252.`, suggested: "windows-1252" };
}

/** The index of the first byte that no UTF-8 text could have there. */
function firstInvalid(bytes: Uint8Array): number {
  const isPrefix = (length: number): boolean => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isPrefix(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

const continues = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** The characters that end in bytes that can begin a text. */
const utf8 = (bytes: Uint8Array): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });

const NONE = new Uint8Array(0);

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
