import { paired, type Reference } from "./segments.js";

/** The share of hypotheses that are a reference, to the character: from 0 to 1; 0 for none. Throws DataError as `bleu` does. */
export function exactMatch(hypotheses: readonly string[], references: readonly Reference[]): number {
  const pairs = paired("exactMatch", hypotheses, references);
  const hits = pairs.filter(({ hypothesis, references: own }) => own.includes(hypothesis)).length;
  return pairs.length === 0 ? 0 : hits / pairs.length;
}

/**
 * The share of the references' tokens that stand at their place in the hypotheses: from 0 to 1; 0 where there are none.
 * Throws DataError where the two do not pair up.
 */
export function tokenAccuracy(
  hypotheses: readonly ArrayLike<number | string>[],
  references: readonly ArrayLike<number | string>[],
): number {
  paired("tokenAccuracy", hypotheses.map(String), references.map(String));
  let [hits, all] = [0, 0];
  references.forEach((reference, i) => {
    all += reference.length;
    for (let t = 0; t < reference.length; t++) if (hypotheses[i]?.[t] === reference[t]) hits++;
  });
  return all === 0 ? 0 : hits / all;
}

/** e^nats: among how many equally likely tokens a model that loses `nats` per token is uncertain. */
export const perplexity = (nats: number): number => Math.exp(nats);
