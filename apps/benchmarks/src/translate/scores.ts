import { bleu } from "@throughtime/metrics";

/** Upper ends of the groups of sources by their number of words; the last has no end. */
const GROUPS = [8, 10, 12, 15, 20, Infinity] as const;

export interface GroupScore {
  /** "9–10" */
  readonly words: string;
  readonly sentences: number;
  readonly bleu: number;
}

/** BLEU of the whole, with sacreBLEU's signature, and of sentences by their source's length. Case does not count. */
export function scoresOf(hypotheses: readonly string[], references: readonly string[], lengths: readonly number[]) {
  const options = { case: "lower" } as const;
  const { score, signature } = bleu(hypotheses, references, options);
  const groups = GROUPS.map((end, g): GroupScore => {
    const start = (GROUPS[g - 1] ?? 0) + 1;
    const own = lengths.flatMap((length, i) => (length >= start && length <= end ? [i] : []));
    const of = (texts: readonly string[]) => own.map((i) => texts[i] as string);
    const words = end === Infinity ? `${start}–` : `${start}–${end}`;
    return { words, sentences: own.length, bleu: bleu(of(hypotheses), of(references), options).score };
  });
  return { bleu: score, signature, groups };
}

export type Scores = ReturnType<typeof scoresOf>;
