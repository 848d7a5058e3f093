import { type HistoryEvent, historyLine, parseHistory } from "@throughtime/report";

export const start = (from = 0, more: object = {}): HistoryEvent => ({ event: "start", from, ...more });

export const step = (at: number, more: object = {}): HistoryEvent => ({
  event: "step",
  step: at,
  epoch: Math.floor((at - 1) / 10),
  loss: 3 / at,
  learningRate: 0.01,
  gradientNorm: 1 + 1 / at,
  tokensPerSecond: 1000,
  seconds: at / 10,
  metrics: {},
  ...more,
});

export const end = (at: number, reason = "steps"): HistoryEvent => ({ event: "end", reason, step: at });

export const textOf = (events: readonly HistoryEvent[]): string => events.map(historyLine).join("");

export const historyOf = (...events: readonly HistoryEvent[]) => parseHistory(textOf(events));

/** Steps from one number to another, a validation at every tenth. */
export const stepsTo = (last: number, first = 1, more: object = {}): readonly HistoryEvent[] =>
  Array.from({ length: last - first + 1 }, (_, i) => {
    const at = first + i;
    return step(
      at,
      at % 10 === 0 ? { validation: { loss: 4 / at, best: true, metrics: {}, seconds: 1 }, ...more } : {},
    );
  });
