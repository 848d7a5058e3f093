import { quote } from "@throughtime/core";
import { refuse, type SafetensorsLimits } from "./refuse.js";

/** Where a header's values stand: the file's object, an entry or the metadata, a shape or a pair of offsets. */
const MAX_DEPTH = 3;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
/** What else may stand outside of strings: whole numbers, colons, white space, and the letters of null. By character code. */
const PLAIN = Uint8Array.from({ length: 128 }, (_, code) =>
  "-0123456789: \t\n\rnul".includes(String.fromCharCode(code)) ? 1 : 0,
);
/** No number of the format has more digits: 2⁶⁴ has 20. */
const MOST_DIGITS = 20;

/**
 * Reads a header's structure before anything is built from it, and holds it to the limits: JSON.parse would keep the
 * last of two equal names, and would turn megabytes of brackets into gigabytes of objects. Throws CheckpointError.
 */
export function scanStructure(text: string, limits: Required<SafetensorsLimits>): void {
  /** The names in each open object; of a list, none. */
  const names: Set<string>[] = [];
  /** How many commas each open object or list has. */
  const commas: number[] = [];
  let depth = 0;
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      const end = stringEnd(text, at);
      if (isKey(text, end)) {
        if (end - at - 2 > limits.nameLength) {
          refuse(
            `a name of ${end - at - 2} characters stands in the header at character ${at}; at most ${limits.nameLength} are read. It begins ${quote(text.slice(at + 1, at + 41))}.`,
            { limit: "nameLength" },
          );
        }
        addName(names[depth - 1] as Set<string>, text.slice(at, end), at);
      }
      at = end - 1;
    } else if (char === OPEN_OBJECT || char === OPEN_LIST) {
      if (++depth > MAX_DEPTH) refuse(`the header nests deeper than ${MAX_DEPTH} levels, at character ${at}.`);
      names[depth - 1] = new Set();
      commas[depth - 1] = 0;
    } else if (char === CLOSE_OBJECT || char === CLOSE_LIST) {
      if (--depth < 0) refuse(`the header is not JSON: a bracket too many closes at character ${at}.`);
    } else if (char === COMMA) {
      const count = (commas[depth - 1] ?? 0) + 1;
      commas[depth - 1] = count;
      // A shape or offsets; an entry or the metadata; all tensors and the metadata.
      const most = [limits.tensors + 1, Math.max(3, limits.tensors), Math.max(2, limits.rank)][depth - 1] ?? 0;
      if (count >= most) tooMany(depth, at, limits);
    } else if (char >= 0x30 && char <= 0x39) {
      if (++digits > MOST_DIGITS)
        refuse(`a number of more than ${MOST_DIGITS} digits stands in the header, before character ${at}.`);
      continue;
    } else if (char >= 128 || PLAIN[char] === 0) {
      refuse(
        `the header holds ${quote(text[at])} at character ${at}, where only a whole number, a string, an object or a list may stand.`,
      );
    }
    digits = 0;
  }
}

function tooMany(depth: number, at: number, { rank, tensors }: Required<SafetensorsLimits>): never {
  return depth === MAX_DEPTH
    ? refuse(`a list has more than ${rank} values, at character ${at}; a tensor has at most ${rank} dimensions.`, {
        limit: "rank",
      })
    : refuse(
        `the ${depth === 1 ? "header names more than" : "metadata, or a tensor's entry, has more than"} ${tensors} ${depth === 1 ? "tensors" : "names"}; at most ${tensors} are read.`,
        { limit: "tensors" },
      );
}

/** The index after the string that begins at `start`. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) at++;
    else if (char === QUOTE) return at + 1;
  }
  return refuse(`the header is not JSON: the string at character ${start} does not end.`);
}

/** Whether a colon follows. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (at < text.length && " \t\n\r".includes(text[at] as string)) at++;
  return text[at] === ":";
}

function addName(seen: Set<string>, literal: string, at: number): void {
  const name = spelled(literal);
  if (seen.has(name)) refuse(`the name ${quote(name)} stands twice in the header, again at character ${at}.`, { name });
  seen.add(name);
}

/** Two spellings of one name ("a" and "\u0061") are one. */
function spelled(literal: string): string {
  if (!literal.includes("\\")) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal; // JSON.parse of the whole header will say what is wrong with it.
  }
}
