import { DataError, quote } from "@throughtime/core";
import { vocabulary as vocabularyOf } from "@throughtime/text";
import { type Growing, growing } from "./growing.js";
import type { LmTokens } from "./tokens.js";

const CODE_POINTS = 0x110000;

/** Calls `see` with every code point. Faster than iterating over a text, which makes a string of each. */
export function eachCodePoint(text: string, see: (code: number) => void): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) as number;
    if (code > 0xffff) i++;
    see(code);
  }
}

/** A number for every code point, −1 to begin with. */
export const codePointTable = (): Int32Array => new Int32Array(CODE_POINTS).fill(-1);

/**
 * Tokens that are single characters, as they are: nothing is normalized. `unknown` stands for one that is not among them; without it
 * such a one is read as what Unicode holds equal to it (é as e and an accent, or these two as é), and is an error where that is not known either.
 */
export function characterTokens(symbols: readonly string[], unknown?: string): LmTokens {
  const { toJSON } = vocabularyOf(symbols, unknown === undefined ? {} : { unknown });
  const table = codePointTable();
  symbols.forEach((symbol, id) => {
    table[symbol.codePointAt(0) as number] = id;
  });
  const unknownId = unknown === undefined ? -1 : symbols.indexOf(unknown);
  const lineEnd = symbols.indexOf("\n");
  const idsOf = (text: string) => Array.from(text, (symbol) => table[symbol.codePointAt(0) as number] as number);
  /** Whether the model knows what is canonically equivalent to a character, or to the last one and it together. */
  const readEqual = (character: string, ids: Growing): boolean => {
    const before = symbols[ids.values().at(-1) ?? -1] ?? "";
    const [together, ...more] = idsOf((before + character).normalize("NFC"));
    if (before !== "" && more.length === 0 && together !== undefined && together >= 0) {
      ids.pop();
      ids.push(together);
      return true;
    }
    const apart = idsOf(character.normalize("NFD"));
    if (apart.some((id) => id < 0)) return false;
    for (const id of apart) ids.push(id);
    return true;
  };
  return {
    json: { settings: { kind: "characters" }, vocabulary: toJSON() },
    ...{ size: symbols.length, unit: "character", start: Math.max(0, lineEnd), never: [] },
    encoder(name) {
      const ids = growing();
      return {
        push(piece) {
          eachCodePoint(piece, (code) => {
            const id = table[code] as number;
            if (id >= 0 || unknownId >= 0) ids.push(id < 0 ? unknownId : id);
            else if (!readEqual(String.fromCodePoint(code), ids)) {
              throw unknownCharacter(name, code, ids.values(), lineEnd, symbols.length);
            }
          });
        },
        end: () => ({ ids: ids.values(), characters: (from, to) => to - from }),
      };
    },
    writer: () => (id) => symbols[id] as string,
  };
}

function unknownCharacter(name: string, code: number, before: Int32Array, lineEnd: number, size: number): DataError {
  const position = before.length;
  const line = before.reduce((sum, id) => sum + (id === lineEnd ? 1 : 0), 1);
  const column = position - before.lastIndexOf(lineEnd);
  const shown = `${quote(String.fromCodePoint(code))} (U+${code.toString(16).toUpperCase().padStart(4, "0")})`;
  return new DataError(
    `${name}: ${shown} at character ${position} (line ${line}, column ${column}) is not among the ${size} characters that the model knows. Leave it out, or train a model with --unknown.`,
    { position, line, column },
  );
}
