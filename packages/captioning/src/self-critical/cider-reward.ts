import { DataError } from "@throughtime/core";
import { ciderD, documentFrequencies } from "@throughtime/metrics";

/** How good captions are, the more the better. captions: ids with the end symbol, where a caption has one; pictures: which pictures they are of. */
export type CaptionReward = (
  captions: readonly (readonly number[])[],
  pictures: readonly number[],
) => readonly number[] | Promise<readonly number[]>;

/** A picture's captions as ids with the end symbol; undefined where there is no such picture. */
type ReferencesOf = (picture: number) => readonly (readonly number[])[] | undefined;

/**
 * CIDEr-D of captions as a reward, from 0 to 10. references: the captions of every picture of the training set, as ids with the end symbol, so that how a caption
 * ends is rewarded too; document frequencies are those of all of them. of: the captions of one picture. Default: a picture is known by its place among the references. Rennie et al. 2017. Throws
 * as `ciderD`; the reward throws DataError for a picture that there is not.
 */
export function ciderReward(
  references: readonly (readonly (readonly number[])[])[],
  of: ReferencesOf = (picture) => references[picture],
): CaptionReward {
  const frequencies = documentFrequencies(references.map((captions) => captions.map(tokensOf)));
  return (captions, pictures) => {
    const own = pictures.map((picture) => {
      const found = of(picture);
      if (found) return found.map(tokensOf);
      throw new DataError(`ciderReward: there is no picture ${picture}; the references are of ${references.length}.`, {
        picture,
      });
    });
    return ciderD(captions.map(tokensOf), own, { documentFrequencies: frequencies }).each;
  };
}

const tokensOf = (ids: readonly number[]): string[] => ids.map(String);
