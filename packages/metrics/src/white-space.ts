// What Python takes for white space, which is not what \s is here: U+001C to U+001F and U+0085 are, U+FEFF is not.
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACES = new RegExp(`[${SPACE}]+`, "u");
const LEADING = new RegExp(`^[${SPACE}]+`, "u");
const LAST = new RegExp(`[${SPACE}]`, "u");

/** The words between white space: Python's `str.split()`. */
export const wordsOf = (text: string): string[] => text.split(SPACES).filter((word) => word !== "");

/** Without white space at the end: Python's `str.rstrip()`. */
export function trimmedEnd(text: string): string {
  let end = text.length;
  while (end > 0 && LAST.test(text[end - 1] as string)) end--;
  return text.slice(0, end);
}

/** Without white space at both ends: Python's `str.strip()`. */
export const trimmed = (text: string): string => trimmedEnd(text).replace(LEADING, "");
