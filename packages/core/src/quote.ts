/**
 * What a terminal or a page may act on, or what hides other text: controls, marks of direction and other format
 * characters (but for the two joiners, which scripts and emoji need), separators of lines, halves of surrogate pairs.
 */
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const escaped = (unit: string): string => {
  const code = (unit.codePointAt(0) as number).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
};

/** The most characters of text from outside that a message or a table shows. */
const SHOWN = 80;

/**
 * Text from outside (a file, a command line) as it may be shown: at most `limit` characters of it, an ellipsis for the
 * rest, and control characters as \uXXXX, so that no terminal obeys them. Default limit: 80.
 */
export function printable(text: string, limit = SHOWN): string {
  const all = String(text);
  const cut = all.length > limit ? all.slice(0, limit) : all;
  return cut.replace(UNSAFE, escaped) + (cut.length < all.length ? "…" : "");
}

/**
 * Text, or any JSON value, from outside for a message: as JSON, cut to `limit` characters and printable. Nothing long is
 * built on the way. Default limit: 80.
 *
 * @example throw new DataError(`vocabulary: the token ${quote(token)} stands twice.`);
 */
export function quote(value: unknown, limit = SHOWN): string {
  if (typeof value === "string") {
    const cut = JSON.stringify(value.slice(0, limit)).replace(UNSAFE, escaped);
    return value.length > limit ? `${cut.slice(0, -1)}…" (${value.length} characters)` : cut;
  }
  if (Array.isArray(value)) {
    const items = value.slice(0, limit).map((item) => (Array.isArray(item) ? "[…]" : quote(item, limit)));
    return printable(`[${items.join(", ")}]`, limit);
  }
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
