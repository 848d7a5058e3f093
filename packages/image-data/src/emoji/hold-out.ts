import { OptionError, quote } from "@throughtime/core";
import type { EmojiDrawing } from "./drawings.js";

/**
 * Unseen drawings of seen concepts: what the artist drew is the test part, as far as others drew the same emoji with the same skin tone, and
 * what the others drew is the training part. What the artist alone drew is left out. Throws OptionError where the artist drew none of them.
 */
export function holdOutArtist(drawings: readonly EmojiDrawing[], artist: string): readonly EmojiDrawing[] {
  if (!drawings.some((one) => one.artist === artist)) {
    const artists = [...new Set(drawings.map((one) => one.artist))].join(", ");
    throw new OptionError(`holdOutArtist: no drawing is by ${quote(artist)}; there are ${artists}.`, { artist });
  }
  const seen = new Set(drawings.flatMap((one) => (one.artist === artist ? [] : [one.hexcode])));
  return drawings
    .filter((one) => one.artist !== artist || seen.has(one.hexcode))
    .map((one) => ({ ...one, part: one.artist === artist ? "test" : "train" }));
}

/**
 * Unseen concepts: a concept's drawings are in one part, by all artists and in all skin tones. `partOf` says which, from the concept
 * alone; that of `@throughtime/task` does so by a hash.
 *
 * @example holdOutConcepts(drawings, (concept) => partOf(concept, { validation: 0.05, test: 0.1 }))
 */
export const holdOutConcepts = (
  drawings: readonly EmojiDrawing[],
  partOf: (concept: string) => "train" | "validation" | "test",
): readonly EmojiDrawing[] => drawings.map((one) => ({ ...one, part: partOf(one.concept) }));
