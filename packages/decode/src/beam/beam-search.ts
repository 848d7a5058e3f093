import { requireInRange, ShapeError } from "@throughtime/core";
import { advance, type Beam, type BeamRules, isDone, type Row } from "./beam.js";
import type { Hypothesis } from "./hypothesis.js";
import { noPenalty } from "./length-penalty.js";
import { type BeamSearchOptions, checkBeamOptions } from "./options.js";
import type { BeamStepResult } from "./step.js";

/**
 * Beam search for many sequences at once: the n best hypotheses of each, the best first. It knows nothing of the model but
 * `step`, which reads one token for every live hypothesis of every sequence and reorders its own state; sequences that are
 * done leave the batch. Graves 2012, "Sequence transduction with recurrent neural networks"; Sutskever et al. 2014.
 *
 * A hypothesis ends with the end token, at the latest after maxLength tokens, where nothing else may follow. Stopping early
 * never loses one that would have been better. Throws OptionError for options that make no sense, NonFiniteError where ln p
 * is NaN, DataError where a token is not one of V, ShapeError where a step returns another number of rows; passes on what `step` throws.
 *
 * @example const [[best]] = await beamSearch({ step, state, sequences: 1, begin: 1, end: 2, maxLength: 50 });
 */
export async function beamSearch<S>(options: BeamSearchOptions<S>): Promise<readonly (readonly Hypothesis[])[]> {
  checkBeamOptions(options);
  const { step, sequences, begin } = options;
  const rules = Array.from({ length: sequences }, (_, i) => rulesOf(options, i));
  const beams = rules.map((_, row): Beam => {
    return { live: [{ tokens: [], logProbability: 0, attention: undefined, row }], finished: [] };
  });
  let { state } = options;
  let sources: readonly number[] = beams.map((_, i) => i);
  for (;;) {
    const open = beams.flatMap((beam, i) => (isDone(beam) ? [] : [i]));
    if (open.length === 0) break;
    const rows = open.flatMap((i) => (beams[i] as Beam).live.map((live) => ({ source: i, live })));
    const next = rows.map(({ source }) => source);
    const result = await step(state, {
      tokens: Int32Array.from(rows, ({ live }) => live.tokens.at(-1) ?? begin),
      parents: Int32Array.from(rows, ({ live }) => live.row),
      sameSources: next.length === sources.length && next.every((source, i) => source === sources[i]),
    });
    state = result.state;
    sources = next;
    const read = cut(result, rows.length);
    requireTokens(options, read[0]?.logProbabilities.length as number);
    let at = 0;
    for (const i of open) {
      const beam = beams[i] as Beam;
      beams[i] = advance(beam, read.slice(at, at + beam.live.length), rules[i] as BeamRules);
      at += beam.live.length;
    }
  }
  return beams.map(({ finished }, i) => finished.slice(0, (rules[i] as BeamRules).nBest));
}

function rulesOf<S>(options: BeamSearchOptions<S>, sequence: number): BeamRules {
  const { size = 5, nBest = 1, minLength = 0, maxLength, end, never = [], noRepeat, stopping = "safe" } = options;
  const most = typeof maxLength === "number" ? maxLength : (maxLength[sequence] as number);
  const penalty = options.lengthPenalty ?? noPenalty;
  return { size, nBest, minLength, maxLength: most, end, never, noRepeat, penalty, stopping };
}

/** Throws DataError where a token that the search is told of is not in [0, V). */
function requireTokens<S>({ begin, end, never = [] }: BeamSearchOptions<S>, V: number): void {
  for (const [noun, tokens] of Object.entries({
    "begin token": [begin],
    "end token": [end],
    "token in never": never,
  })) {
    requireInRange({ op: "beamSearch", noun }, tokens, V);
  }
}

/** What a step returned, row by row; views. */
function cut<S>({ logProbabilities, attention }: BeamStepResult<S>, count: number): Row[] {
  const V = logProbabilities.length / count;
  const width = (attention?.length ?? 0) / count;
  if (!Number.isInteger(V) || !Number.isInteger(width)) {
    throw new ShapeError(
      `beamSearch: the step was given ${count} rows, but returned ${logProbabilities.length} ln p and ${attention?.length ?? 0} weights. Return as many numbers for every row.`,
    );
  }
  return Array.from({ length: count }, (_, row) => ({
    row,
    logProbabilities: logProbabilities.subarray(row * V, (row + 1) * V),
    attention: attention?.subarray(row * width, (row + 1) * width),
  }));
}
