import { JOINER } from "@throughtime/text";

/** Of characters in a font of 13 pixels, about: accents, small letters, capitals, wide ones. */
const [NONE, SMALL, CAPITAL, WIDE] = [0, 8.5, 10.5, 14];
const MOST = 24;
const LOOKED_AT = 1000;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * A token as a picture can show it: without the mark that no space stood before it; white space and what else has no shape
 * as something that can be seen, accents without a letter on a circle, and at most 24 letters.
 */
export function labelOf(token: string): string {
  // Graphemes of a long text take time that grows with its square.
  const start = token.slice(0, LOOKED_AT);
  const bare = start.replaceAll(JOINER, "") || start;
  if (bare === " ") return "␣";
  if (/^[\p{Z}\p{Cf}]+$/u.test(bare)) return [...bare].map(codePoint).join(" ");
  const shown = bare.replaceAll(UNSAFE, "\uFFFD").replace(/^(?=\p{M})/u, "◌");
  const letters = Array.from(graphemes.segment(shown), ({ segment }) => segment);
  if (letters.length <= MOST && start === token) return shown;
  return `${letters.slice(0, Math.min(MOST, letters.length) - 1).join("")}…`;
}

/** What XML may not hold, and what would turn the text around it. */
const UNSAFE = /[\p{Cc}\p{Cs}\u200E\u200F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/gu;

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`;

/** How wide a label is, in pixels; rather too wide than too narrow. */
export const widthOf = (label: string): number => [...label].reduce((sum, character) => sum + advance(character), 0);

function advance(character: string): number {
  if (/[\p{Mn}\p{Cf}]/u.test(character)) return NONE;
  // Signs of East Asia, symbols, emoji.
  if (/[mwMW@%\u1100-\u11FF\u2190-\u{3FFFF}]/u.test(character)) return WIDE;
  return /\p{Lu}/u.test(character) ? CAPITAL : SMALL;
}

/** Whether a sentence is written from right to left: by its first letter, as Unicode's bidirectional algorithm has it. */
export const isRightToLeft = (tokens: readonly string[]): boolean =>
  /^\P{L}*(?=\p{L})[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u.test(
    tokens.join(" ").slice(0, LOOKED_AT),
  );
