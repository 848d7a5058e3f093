import { DataError } from "@throughtime/core";
import { ciderD, documentFrequencies } from "@throughtime/metrics";

/** How good captions are, the more the better. captions: ids with the end symbol, where a caption has one; pictures: which pictures they are of. */
export type CaptionReward = (
  captions: readonly (readonly number[])[],
  pictures: readonly number[],
) => readonly number[] | Promise<readonly number[]>;

/**
 * CIDEr-D of captions as a reward, from 0 to 10. references: the captions of every picture of the training set, as ids with the end symbol, so that how a caption
 * ends is rewarded too; a picture is known by its place among them. Document frequencies are those of all of them. Rennie et al. 2017. Throws as `ciderD`; the reward throws
 * DataError for a picture that is not among them.
 */
export function ciderReward(references: readonly (readonly (readonly number[])[])[]): CaptionReward {
  const texts = references.map((captions) => captions.map(tokensOf));
  const frequencies = documentFrequencies(texts);
  return (captions, pictures) => {
    const own = pictures.map((picture) => {
      const found = texts[picture];
      if (found) return found;
      throw new DataError(`ciderReward: there is no picture ${picture}; the references are of ${texts.length}.`, {
        picture,
      });
    });
    return ciderD(captions.map(tokensOf), own, { documentFrequencies: frequencies }).each;
  };
}

const tokensOf = (ids: readonly number[]): string[] => ids.map(String);
