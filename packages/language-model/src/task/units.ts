import type { LmTokens } from "../tokens/tokens.js";
import { bitsFromNats } from "../units.js";

/** 1234567 → "1,234,567". */
export const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/**
 * A loss in all the units that people quote. `characters`: how many a token stands for, in the mean. By character, models of
 * characters, words and pieces can be compared.
 */
export function lossText(nats: number, unit: LmTokens["unit"] = "character", characters = 1): string {
  const bits = (value: number) => `${bitsFromNats(value).toFixed(3)} bits`;
  const perplexity = Math.exp(nats).toFixed(2);
  if (unit === "character") return `${nats.toFixed(4)} nats per character (${bits(nats)}, perplexity ${perplexity})`;
  const each = nats / characters;
  return `${nats.toFixed(4)} nats per ${unit} (perplexity ${perplexity}), ${each.toFixed(4)} nats per character (${bits(each)})`;
}
