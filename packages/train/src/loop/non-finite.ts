import { flattenTree, isFloat, isNdArray, NonFiniteError } from "@throughtime/core";
import type { StateTrees } from "../checkpoint/restore.js";
import type { Measures } from "../steps/contract.js";

export interface Where {
  readonly step: number;
  readonly learningRate: number;
  /** The step of the last checkpoint that was saved, if there is one. */
  readonly saved: number | undefined;
  /** What the host handed in that is not finite, if it did. */
  readonly given?: () => string | undefined;
}

/** Throws NonFiniteError where a step's loss or gradient norm is NaN or Inf. */
export function checkMeasures({ loss, gradientNorm }: Measures, where: Where): void {
  if (!Number.isFinite(loss)) throw nonFinite(`the loss is ${loss}`, where);
  if (!Number.isFinite(gradientNorm)) throw nonFinite(`the gradient's norm is ${gradientNorm}`, where);
}

/**
 * Throws NonFiniteError where parameters or optimizer state hold NaN or Inf, or the carry NaN, before they are saved:
 * a loss may still be finite when the update after it was not. (A carry may well hold an Inf, as a running maximum does.)
 */
export function checkState({ params, optimizer, carry }: StateTrees, where: Where): void {
  const { leaves, paths } = flattenTree({ params, optimizer, carry }, isNdArray);
  leaves.forEach(({ data, dtype }, i) => {
    if (!isFloat(dtype)) return;
    const path = paths[i] as string;
    const wrong = path.startsWith("carry") ? Number.isNaN : (value: number) => !Number.isFinite(value);
    for (const value of data) if (wrong(value)) throw nonFinite(`the update left ${value} in ${path}`, where);
  });
}

/**
 * The error, with what can be done about it; `origin` names the equation that began it, where that was looked for. Where the host
 * handed in what is not finite, that is the cause, and no learning rate helps; nor does it before the first update.
 */
export function nonFinite(what: string, where: Where, origin?: Error): NonFiniteError {
  const { step, learningRate, saved } = where;
  const given = where.given?.();
  const begins = origin ? ` It begins here: ${origin.message}` : "";
  const untouched = step === 1 && !what.startsWith("the update");
  const advice = given
    ? ` ${given}. Look at where it comes from.`
    : untouched
      ? " No update was made yet, so that the learning rate is not to blame: the loss itself is not finite at the first parameters (log 0, 0/0, an overflow)."
      : ` Lower the learning rate (it was ${learningRate}) or clip the gradient (clip: clipByNorm(1)).`;
  const help = origin ? "" : " With debug: reference({ nanCheck: true }) the first bad equation is named.";
  const kept = saved === undefined ? "" : ` The checkpoint of step ${saved} is as it was.`;
  return new NonFiniteError(
    `train: at step ${step} ${what}.${begins}${advice}${help}${kept}`,
    { step, learningRate, saved, what, cause: given ?? (untouched ? "the first parameters" : "the learning rate") },
    origin ? { cause: origin } : undefined,
  );
}

/**
 * Where in a tree that the host hands in the first NaN stands, or else the first Inf, as "batch.x holds NaN, at 17 of 32"; undefined
 * where all is finite.
 */
export function notFinite(tree: unknown): string | undefined {
  const { leaves, paths } = flattenTree(tree, isNdArray);
  const found = (wrong: (value: number) => boolean): string | undefined => {
    for (const [i, { data, dtype }] of leaves.entries()) {
      const at = isFloat(dtype)
        ? (data as ArrayLike<number> & { findIndex(f: typeof wrong): number }).findIndex(wrong)
        : -1;
      if (at >= 0) return `${paths[i]} holds ${data[at]}, at ${at} of ${data.length}`;
    }
    return undefined;
  };
  return found(Number.isNaN) ?? found((value) => !Number.isFinite(value));
}

/** Our own error, or one that a backend threw because it looks for NaN itself. */
export const isNonFinite = (error: unknown): error is NonFiniteError =>
  error instanceof Error && error.name === "NonFiniteError";
