// Figures for people's eyes, in English notation.

/** 1234567 → "1,234,567". */
export const formatCount = (value: number): string => Math.round(value).toLocaleString("en-US");

/** 123456 → "123k", 1234567 → "1.2M"; for rates that change all the time. */
export function formatRate(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  return value >= 1e4 ? `${Math.round(value / 1e3)}k` : String(Math.round(value));
}

/** Seconds as "0:07", "12:30" or "1:02:03". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Bytes as "512 B", "1.4 MB". */
export function formatBytes(size: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  let value = size;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A number in a table: whole ones in full, others with five digits. */
export function formatNumber(value: number): string {
  if (Number.isSafeInteger(value)) return value.toLocaleString("en-US");
  const short = Number(value.toPrecision(5));
  return Math.abs(short) >= 1e15 || (short !== 0 && Math.abs(short) < 1e-6)
    ? short.toExponential()
    : short.toLocaleString("en-US", { maximumSignificantDigits: 5 });
}
