import type { DatasetPair } from "./dataset.js";
import { draws } from "./random.js";

/** Languages that write dates in their own order, words, scripts and digits. */
const LOCALES = [
  ...["en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "pt-BR", "it-IT", "nl-NL", "sv-SE", "da-DK", "nb-NO", "fi-FI"],
  ...["pl-PL", "cs-CZ", "hu-HU", "ro-RO", "tr-TR", "el-GR", "ru-RU", "uk-UA", "bg-BG", "lt-LT", "lv-LV", "et-EE"],
  ...["he-IL", "ar-EG", "fa-IR", "hi-IN", "bn-BD", "mr-IN", "th-TH", "vi-VN", "id-ID", "ja-JP", "ko-KR", "zh-CN"],
] as const;

const FORMATS: readonly Intl.DateTimeFormatOptions[] = [
  { year: "numeric", month: "long", day: "numeric", weekday: "long" },
  { year: "numeric", month: "long", day: "numeric" },
  { year: "numeric", month: "short", day: "numeric" },
  { year: "numeric", month: "2-digit", day: "2-digit" },
  { year: "numeric", month: "numeric", day: "numeric", weekday: "short" },
];

const FIRST = Date.UTC(1800, 0, 1);
const DAY = 86_400_000;
/** 400 years. */
const DAYS = (Date.UTC(2200, 0, 1) - FIRST) / DAY;
/** One in 20 days is kept for validation, another for test, in whatever language and format. */
const SHARE = 20;
const COUNTS = { train: 40_000, validation: 1000, test: 2000 } as const;

/**
 * Dates of the Gregorian calendar with years of four digits, as `Intl` writes them in many languages and formats, with the
 * locale's tag before them, to ISO 8601: "en-US May 7, 1987" is "1987-05-07". A day that is measured on is in no
 * training pair.
 */
export function dates(seed: number): readonly DatasetPair[] {
  const draw = draws(seed);
  const writers = LOCALES.map((locale) =>
    FORMATS.map((format) => new Intl.DateTimeFormat(locale, { ...format, calendar: "gregory", timeZone: "UTC" })),
  );
  const dayParts = Array.from({ length: DAYS }, (): DatasetPair["part"] => {
    const kept = draw(SHARE);
    return kept === 0 ? "validation" : kept === 1 ? "test" : "train";
  });
  const left: Record<string, number> = { ...COUNTS };
  const pairs: DatasetPair[] = [];
  while (Object.values(left).some((count) => count > 0)) {
    const [day, l, f] = [draw(DAYS), draw(LOCALES.length), draw(FORMATS.length)];
    const part = dayParts[day] as DatasetPair["part"];
    if (left[part] === 0) continue;
    left[part] = (left[part] as number) - 1;
    const date = new Date(FIRST + day * DAY);
    const written = writers[l]?.[f]?.format(date) as string;
    pairs.push({ source: `${LOCALES[l]} ${written}`, target: date.toISOString().slice(0, 10), part });
  }
  return pairs;
}
