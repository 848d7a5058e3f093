import { DataError, type NdArray, OptionError, optionsOf } from "@throughtime/core";
import { requireIds } from "./ids.js";

/** A window of every lane: the tokens, and for each the one that follows it. Both i32 [T, B]. */
export interface Window {
  readonly x: NdArray;
  readonly y: NdArray;
}

/** Where in the lanes training stands. Plain JSON: it is kept in a checkpoint. */
export type LaneCursor = {
  readonly epoch: number;
  /** The next window's number in its epoch. */
  readonly window: number;
  /** Windows in an epoch, so that a cursor of other lanes is noticed. */
  readonly of: number;
};

export interface LaneOptions {
  /** B: the number of lanes. */
  readonly batch: number;
  /** T: tokens of each lane in a window. */
  readonly time: number;
  /** Tokens left at a lane's end that fill no window: dropped, or kept as a last, shorter window. Default: "drop". */
  readonly last?: "drop" | "keep";
  /** How often the text is read. Default: without end. */
  readonly epochs?: number;
}

/** A source of windows, as `train` consumes it. */
export interface Lanes {
  readonly start: LaneCursor;
  readonly stepsPerEpoch: number;
  /** Predictions in one epoch: y's tokens. */
  readonly tokensPerEpoch: number;
  /**
   * The window at a cursor, and the cursor after it; null after the last epoch. `reset` says that the carried state does
   * not belong to this window: the lanes begin anew. `units` counts the window's predictions. Throws DataError for a cursor of other lanes.
   */
  next(
    cursor: LaneCursor,
  ): Promise<{ batch: Window; cursor: LaneCursor; reset: boolean; epoch: number; units: number } | null>;
}

const OPTIONS = ["batch", "time", "last", "epochs"] as const;

/**
 * Cuts a text into B contiguous lanes that are read side by side in windows of T, so that the state after one window is
 * the state before the next: what truncated backpropagation through time with carried state needs.
 *
 * Lane b holds tokens b·L … (b+1)·L − 1, where L = ⌊(n − 1) / B⌋; y is x shifted by one token. A window is cut when it is
 * asked for. Throws OptionError where batch or time is not a positive integer, and DataError where the text is shorter
 * than one window of every lane, or has what is no id.
 *
 * @example lanes(alphabet(text).encode(text), { batch: 32, time: 64 })
 */
export function lanes(text: Int32Array, options: LaneOptions): Lanes {
  const { batch, time, last = "drop", epochs = Infinity } = optionsOf("lanes", options, ...OPTIONS);
  const tokens = requireIds("lanes: the text", text);
  for (const [name, value] of Object.entries({ batch, time })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new OptionError(`lanes: ${name} must be an integer ≥ 1, received ${value}.`, { [name]: value });
    }
  }
  if (!(epochs === Infinity || (Number.isSafeInteger(epochs) && epochs >= 0))) {
    throw new OptionError(`lanes: epochs must be an integer ≥ 0, received ${epochs}.`, { epochs });
  }
  const laneLength = Math.max(0, Math.floor((tokens.length - 1) / batch));
  const least = batch * (last === "keep" ? 1 : time) + 1;
  if (tokens.length < least) {
    throw new DataError(
      `lanes: ${tokens.length} tokens are too few for ${batch} lanes in windows of ${time}: ${least} are needed (the last is only predicted). Use a smaller batch or time, or more text.`,
      { tokens: tokens.length, needed: least, batch, time },
    );
  }
  const stepsPerEpoch = last === "keep" ? Math.ceil(laneLength / time) : Math.floor(laneLength / time);
  const tokensPerEpoch = batch * Math.min(laneLength, stepsPerEpoch * time);

  const cut = (window: number, shift: number): NdArray => {
    const begin = window * time;
    const length = Math.min(time, laneLength - begin);
    const data = new Int32Array(length * batch);
    for (let lane = 0; lane < batch; lane++) {
      const from = lane * laneLength + begin + shift;
      for (let t = 0; t < length; t++) data[t * batch + lane] = tokens[from + t] as number;
    }
    return { data, shape: [length, batch], dtype: "i32" };
  };

  return {
    start: { epoch: 0, window: 0, of: stepsPerEpoch },
    stepsPerEpoch,
    tokensPerEpoch,
    async next(cursor) {
      const { epoch, window } = checkCursor(cursor, stepsPerEpoch);
      if (epoch >= epochs) return null;
      const after = window + 1 < stepsPerEpoch ? { epoch, window: window + 1 } : { epoch: epoch + 1, window: 0 };
      const x = cut(window, 0);
      return {
        batch: { x, y: cut(window, 1) },
        cursor: { ...after, of: stepsPerEpoch },
        reset: window === 0,
        epoch,
        units: x.data.length,
      };
    },
  };
}

function checkCursor(cursor: LaneCursor, steps: number): LaneCursor {
  const { epoch, window, of } = cursor;
  const whole = [epoch, window, of].every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!whole || of !== steps || window >= steps) {
    throw new DataError(
      `lanes: the cursor ${JSON.stringify(cursor)} is not of these lanes, which have ${steps} windows in an epoch. Resume with the same text, batch and time.`,
      { cursor, steps },
    );
  }
  return cursor;
}
