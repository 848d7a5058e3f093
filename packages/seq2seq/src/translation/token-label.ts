import { JOINER } from "@throughtime/text";

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
