import {
  bleuTokens,
  captionBleu,
  chooseBleuTokenizer,
  ciderD,
  exactMatch,
  rougeL,
  tokenizeCaption,
} from "@throughtime/metrics";

/** How good captions are of pictures whose captions are known. */
export type Scores = {
  /** BLEU-4 of the corpus, from 0 to 1, and CIDEr-D, from 0 to 10, as coco-caption computes them. */
  readonly bleu4: number;
  readonly ciderD: number;
  readonly rougeL: number;
  /** The share of captions that are one of the picture's, to the character: from 0 to 1. */
  readonly exact: number;
  readonly pictures: number;
};

/** `references[i]`: all captions of picture i, normalized as what the model says is. */
export function scoresOf(said: readonly string[], references: readonly (readonly string[])[]): Scores {
  const kind = chooseBleuTokenizer(references.flat());
  const cut = kind === "13a" ? tokenizeCaption : (text: string) => bleuTokens(text, kind);
  const [hypotheses, expected] = [said.map(cut), references.map((some) => some.map(cut))];
  return {
    bleu4: captionBleu(hypotheses, expected).score[3] as number,
    ciderD: ciderD(hypotheses, expected).score,
    rougeL: rougeL(hypotheses, expected).score,
    exact: exactMatch(said, references),
    pictures: said.length,
  };
}

export const scoreText = ({ bleu4, ciderD: cider, rougeL: rouge, exact, pictures }: Scores): string =>
  `exact ${(100 * exact).toFixed(1)} % of ${pictures}, BLEU-4 ${bleu4.toFixed(3)}, ROUGE-L ${rouge.toFixed(3)}, CIDEr-D ${cider.toFixed(3)}`;
