/** 1234567 → "1,234,567". */
export const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/** How many captions were left out, and why. */
export function leftOutText(
  { blank, tooLong }: { readonly blank: number; readonly tooLong: number },
  maxLength: number,
  what: string,
): string {
  const left = (number: number, why: string) =>
    number === 0 ? [] : [`${count(number)} ${what}${number === 1 ? "" : "s"} left out: ${why}`];
  const most = Number.isFinite(maxLength) ? ` than ${count(maxLength)}` : "";
  return [...left(blank, "no word of it is known"), ...left(tooLong, `it has more tokens${most} (--max-length)`)].join(
    "; ",
  );
}
