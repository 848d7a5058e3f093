import { DataError } from "@throughtime/core";
import { characterText, type Vocabulary } from "./vocabulary.js";

/**
 * Throws DataError where two vocabularies do not give every symbol the same id, naming what differs: a model's ids mean
 * nothing under another vocabulary. `names` are what the message calls the two.
 *
 * @example requireSameVocabulary(saved, alphabet(text), ["the checkpoint", "the text"])
 */
export function requireSameVocabulary(
  expected: Vocabulary,
  received: Vocabulary,
  [expectedName, receivedName]: readonly [string, string] = ["the expected vocabulary", "the one received"],
): void {
  const missing = absentFrom(received, expected);
  const extra = absentFrom(expected, received);
  const differences = [
    ...(extra.length > 0 ? [`${receivedName} has ${listed(extra)}, which ${expectedName} does not know`] : []),
    ...(missing.length > 0 ? [`${receivedName} lacks ${listed(missing)}`] : []),
  ];
  if (differences.length === 0) {
    const id = expected.symbols.findIndex((symbol, i) => symbol !== received.symbols[i]);
    if (id < 0 && expected.unknown === received.unknown) return;
    differences.push(
      id < 0
        ? `unknown characters are ${unknownText(expected)} in one and ${unknownText(received)} in the other`
        : `the same symbols stand in another order: id ${id} is ${characterText(expected.symbols[id] as string)} in ${expectedName} and ${characterText(received.symbols[id] as string)} in ${receivedName}`,
    );
  }
  throw new DataError(
    `vocabulary: ${expectedName} (${expected.size} symbols) and ${receivedName} (${received.size}) differ: ${differences.join("; ")}.`,
    { missing, extra },
  );
}

const absentFrom = (vocabulary: Vocabulary, other: Vocabulary): string[] => {
  const has = new Set(vocabulary.symbols);
  return other.symbols.filter((symbol) => !has.has(symbol));
};

const listed = (symbols: readonly string[]): string => {
  const shown = symbols.slice(0, 5).map(characterText).join(", ");
  return symbols.length > 5 ? `${shown} and ${symbols.length - 5} more` : shown;
};

const unknownText = ({ unknown }: Vocabulary): string => (unknown === undefined ? "an error" : characterText(unknown));
