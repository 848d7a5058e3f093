import type { CellName, Config } from "../config.js";
import type { PeerName } from "../peers/names.js";
import type { Timing } from "../run/interleave.js";
import { median, minimum } from "../run/statistics.js";

/** One peer on one task, as it came out. */
export interface Measurement {
  readonly peer: PeerName;
  readonly cell: CellName;
  readonly config: Config;
  readonly threads: number;
  readonly device: string;
  readonly result: Timing | NotThere;
}

/** A figure that there is none of is never estimated: it says why. */
export interface NotThere {
  readonly notMeasured: string;
}

export const isTiming = (result: Timing | NotThere): result is Timing => "rounds" in result;

/** An element of what `--json` writes. Where a peer was not measured, its figures are null. Times in milliseconds. */
export interface JsonFigure {
  readonly peer: string;
  readonly cell: string;
  readonly B: number;
  readonly T: number;
  readonly H: number;
  readonly threads: number;
  readonly medianMs: number | null;
  readonly minMs: number | null;
  readonly compileMs: number | null;
  readonly loss: number | null;
  readonly peakBytes: number | null;
}

export function jsonOf({ peer, cell, config: { B, T, H }, threads, result }: Measurement): JsonFigure {
  const task = { peer, cell, B, T, H, threads };
  if (!isTiming(result)) {
    return { ...task, medianMs: null, minMs: null, compileMs: null, loss: null, peakBytes: null };
  }
  const { rounds, compileMs, loss, peakBytes } = result;
  const all = rounds.flat();
  return { ...task, medianMs: median(all), minMs: minimum(all), compileMs, loss, peakBytes };
}

/** How far losses of peers that do the same work may be apart. */
export const LOSS_TOLERANCE = 1e-3;

/** The peers of one task whose loss is not that of the others: further than the tolerance from the median of all. */
export function strangers<M extends { readonly result: Timing | NotThere }>(measurements: readonly M[]): M[] {
  const losses = measurements.flatMap(({ result }) => (isTiming(result) ? [result.loss] : []));
  const usual = median(losses);
  return measurements.filter(({ result }) => isTiming(result) && !(Math.abs(result.loss - usual) <= LOSS_TOLERANCE));
}
