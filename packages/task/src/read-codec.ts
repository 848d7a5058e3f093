import { CheckpointError, printable } from "@throughtime/core";
import { type TextCodec, type TextCodecJson, textCodec } from "@throughtime/text";
import { fromFile, requireFields } from "./described.js";

/**
 * How a model's text becomes ids, from the part of its file's description that says it. Throws CheckpointError where that is not what this
 * version writes, or has not as many tokens as the model knows.
 */
export function readCodec(path: string, part: string, settings: unknown, expected: number): TextCodec {
  requireFields(path, `${part}.tokens`, (settings as Partial<TextCodecJson> | null | undefined)?.tokens, {
    kind: "text",
  });
  const codec = fromFile(path, part, () => textCodec(settings as TextCodecJson));
  const { size } = codec.vocabulary;
  if (size === expected) return codec;
  throw new CheckpointError(
    `${printable(path)}: its ${part} vocabulary has ${size} tokens and its model ${expected}; the vocabulary is another model's.`,
    { part, size, expected },
  );
}
