import { DataError } from "@throughtime/core";
import { type Lanes, lanes, splitTokens } from "@throughtime/text";
import type { Encoded } from "../tokens/tokens.js";

/** Into what a text is cut: its lanes, and the shares of it that are kept apart. */
export interface PartSettings {
  readonly batch: number;
  readonly time: number;
  readonly validation: number;
  readonly test: number;
}

/** How many of something each part of a text has. */
export interface Parts {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** The three parts of a text, as they were at training. */
export const splitText = (tokens: Int32Array, { validation, test }: Pick<PartSettings, "validation" | "test">) =>
  splitTokens(tokens, { train: 1 - validation - test, validation, test });

/** What is read of a text in training and in validation. Throws DataError where it is too short. */
export function sourcesOf(text: Encoded, { batch, time, validation, test }: PartSettings) {
  const ids = splitText(text.ids, { validation, test });
  const least = batch * time + 1;
  if (ids.train.length < least) {
    const [have, need] = [ids.train.length, least].map((n) => n.toLocaleString("en"));
    throw new DataError(
      `the part of the text to train on has ${have} tokens; ${batch} lanes (--batch) of ${time} (--time) need ${need}. Choose smaller ones, or give more text.`,
      { tokens: ids.train.length, needed: least },
    );
  }
  const [first, second] = [ids.train.length, ids.train.length + ids.validation.length];
  return {
    source: lanes(ids.train, { batch, time }),
    validation: ids.validation.length < 2 ? undefined : wholeText(ids.validation, { batch, time }),
    parts: {
      tokens: { train: first, validation: ids.validation.length, test: ids.test.length } satisfies Parts,
      characters: {
        train: text.characters(0, first),
        validation: text.characters(first, second),
        test: text.characters(second, text.ids.length),
      } satisfies Parts,
    },
  };
}

/** One pass over a text, in as many of the lanes as are at least a window long. */
function wholeText(
  tokens: Int32Array,
  { batch, time }: Pick<PartSettings, "batch" | "time">,
): { readonly source: Lanes; readonly batch: number } {
  const most = Math.max(1, Math.min(batch, Math.floor((tokens.length - 1) / time)));
  return { source: lanes(tokens, { batch: most, time, last: "keep", epochs: 1 }), batch: most };
}
