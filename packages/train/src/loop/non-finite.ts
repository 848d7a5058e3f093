import { flattenTree, isFloat, isNdArray, NonFiniteError } from "@throughtime/core";
import type { StateTrees } from "../checkpoint/restore.js";
import type { Measures } from "../steps/contract.js";

export interface Where {
  readonly step: number;
  readonly learningRate: number;
  /** The step of the last checkpoint that was saved, if there is one. */
  readonly saved: number | undefined;
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

/** The error, with what can be done about it; `origin` names the equation that began it, where that was looked for. */
export function nonFinite(what: string, { step, learningRate, saved }: Where, origin?: Error): NonFiniteError {
  const begins = origin ? ` It begins here: ${origin.message}` : "";
  const help = origin ? "" : " With debug: reference({ nanCheck: true }) the first bad equation is named.";
  const kept = saved === undefined ? "" : ` The checkpoint of step ${saved} is as it was.`;
  return new NonFiniteError(
    `train: at step ${step} ${what}.${begins} Lower the learning rate (it was ${learningRate}) or clip the gradient ` +
      `(clip: clipByNorm(1)).${help}${kept}`,
    { step, learningRate, saved, what },
    origin ? { cause: origin } : undefined,
  );
}

/** Our own error, or one that a backend threw because it looks for NaN itself. */
export const isNonFinite = (error: unknown): error is NonFiniteError =>
  error instanceof Error && error.name === "NonFiniteError";
