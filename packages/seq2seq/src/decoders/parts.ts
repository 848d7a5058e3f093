import { ArgumentError, describe } from "@throughtime/core";

/** Throws ArgumentError unless a decoder is given a cell and, where it has one, an attention. */
export function requireParts(decoder: string, cell: unknown, attention: unknown): void {
  requirePart(`${decoder}: cell`, cell, "step", "one, as gru({ inputSize, hiddenSize }) makes");
  requirePart(
    `${decoder}: attention`,
    attention,
    "attend",
    "one, as attention(additive({ querySize, memorySize })) makes",
  );
}

function requirePart(place: string, part: unknown, method: string, expected: string): void {
  if (typeof part === "object" && part !== null && typeof (part as Record<string, unknown>)[method] === "function")
    return;
  throw new ArgumentError(`${place} is ${describe(part)}; expected ${expected}.`);
}
