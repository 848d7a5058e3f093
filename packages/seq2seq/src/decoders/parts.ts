import { requireAttention } from "@throughtime/attention";
import { requireCell } from "@throughtime/cells";

/** Throws ArgumentError unless a decoder is given a cell and an attention. */
export function requireParts(decoder: string, cell: unknown, attention: unknown): void {
  requireCell(`${decoder}: cell`, cell);
  requireAttention(`${decoder}: attention`, attention);
}
