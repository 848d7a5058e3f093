import type { EndEvent, HistoryEvent, StartEvent, StepEvent } from "./events.js";

/** What happened in a training, in order. */
export interface History {
  /** One for each time that the training began or went on, and that some step follows or may follow. */
  readonly starts: readonly StartEvent[];
  /** Rising numbers of steps. */
  readonly steps: readonly StepEvent[];
  /** Undefined where the training runs or was killed. */
  readonly end: EndEvent | undefined;
  /** Whether its text ended in the middle of a line, which is left out: the process that wrote it was killed. */
  readonly cut: boolean;
}

/** A history that grows. */
export interface GrowingHistory extends History {
  add(event: HistoryEvent): void;
}

/**
 * A history that goes on from another, or from none. Later events win: a training that goes on from step N makes the steps after N again, so its `start`
 * removes those that a killed process left, and every `end` before it; a step removes those of its own number and above.
 */
export function growingHistory(before: Pick<History, "starts" | "steps"> = { starts: [], steps: [] }): GrowingHistory {
  const starts = [...before.starts];
  const steps = [...before.steps];
  const history = {
    starts,
    steps,
    end: undefined as EndEvent | undefined,
    cut: false,
    add(event: HistoryEvent) {
      if (event.event === "end") history.end = event;
      else {
        const last = event.event === "start" ? event.from : event.step - 1;
        while ((steps.at(-1)?.step ?? 0) > last) steps.pop();
        if (event.event === "step") steps.push(event);
        else {
          while ((starts.at(-1)?.from ?? -1) >= last) starts.pop();
          starts.push(event);
          history.end = undefined;
        }
      }
    },
  };
  return history;
}

/** The time since the training began at each step, in seconds, where it was interrupted too: pauses do not count. */
export function elapsedSeconds({ starts, steps }: Pick<History, "starts" | "steps">): readonly number[] {
  const begun = starts.map(({ from }) => from);
  let [before, last, next] = [0, 0, 0];
  return steps.map(({ step, seconds = 0 }) => {
    if (next < begun.length && step > (begun[next] as number)) {
      while (next < begun.length && step > (begun[next] as number)) next++;
      before += last;
    }
    last = seconds;
    return before + seconds;
  });
}
