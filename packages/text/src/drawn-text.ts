/** Of characters, in parts of the font's size, about: accents, small letters, capitals, wide ones. */
const [NONE, SMALL, CAPITAL, WIDE] = [0, 0.65, 0.8, 1.08];

const LOOKED_AT = 1000;

/** About how wide a text is in a sans-serif font, in units of `fontSize`; rather too wide than too narrow. Where no page measures it. */
export const textWidth = (text: string, fontSize: number): number =>
  fontSize * [...text].reduce((sum, character) => sum + advance(character), 0);

function advance(character: string): number {
  if (/[\p{Mn}\p{Cf}]/u.test(character)) return NONE;
  // Signs of East Asia, symbols, emoji.
  if (/[mwMW@%\u1100-\u11FF\u2190-\u{3FFFF}]/u.test(character)) return WIDE;
  return /\p{Lu}/u.test(character) ? CAPITAL : SMALL;
}

/** Whether a text is written from right to left: by its first letter, as Unicode's bidirectional algorithm has it. */
export const isRightToLeft = (text: string): boolean =>
  /^\P{L}*(?=\p{L})[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u.test(
    text.slice(0, LOOKED_AT),
  );
