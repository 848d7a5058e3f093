import { elapsedSeconds, epochsOf, historyLine, parseHistory, rewindHistory, summaryOf } from "@throughtime/report";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { end, historyOf, start, step, stepsTo, textOf } from "./support/runs.js";

const numbers = (history: ReturnType<typeof parseHistory>) => history.steps.map(({ step }) => step);

describe("a history", () => {
  test("is the events that were written, in order", () => {
    const events = [start(), step(1), step(2, { validation: { loss: 1, best: true } }), end(2)];
    expect(parseHistory(textOf(events))).toEqual({
      starts: [events[0]],
      steps: [events[1], events[2]],
      end: events[3],
      cut: false,
    });
  });

  test("of nothing has no events", () => {
    expect(parseHistory("")).toEqual({ starts: [], steps: [], end: undefined, cut: false });
  });

  test("passes over blank lines and kinds of events of later versions, and keeps fields that it does not know", () => {
    const history = parseHistory(
      `${historyLine(start())}\n{"event":"rest"}\r\n${historyLine(step(1, { mood: "good" }))}`,
    );
    expect(numbers(history)).toEqual([1]);
    expect(history.steps[0]?.mood).toBe("good");
  });
});

describe("a training that goes on", () => {
  test("from step N makes the steps after N again: the later ones win", () => {
    const again = step(3, { loss: 77 });
    const history = historyOf(start(), step(1), step(2), step(3), step(4), start(2), again);
    expect(numbers(history)).toEqual([1, 2, 3]);
    expect(history.steps[2]).toEqual(again);
    expect(history.starts).toHaveLength(2);
  });

  test("is not at its end any more", () => {
    expect(historyOf(start(), step(1), end(1), start(1), step(2)).end).toBeUndefined();
    expect(historyOf(start(), step(1), end(1)).end?.reason).toBe("steps");
  });

  test("from the same step twice has one start there", () => {
    const history = historyOf(start(), step(1), start(1), start(1, { device: "cpu" }), step(2));
    expect(history.starts.map(({ from, device }) => [from, device])).toEqual([
      [0, undefined],
      [1, "cpu"],
    ]);
  });

  test("from the beginning is all there is", () => {
    expect(numbers(historyOf(start(), step(1), step(2), start(), step(1)))).toEqual([1]);
  });

  test("counts no pause: its time is that of all its parts", () => {
    const at = (n: number, seconds: number) => step(n, { seconds });
    const history = historyOf(start(), at(1, 5), at(2, 9), start(1), at(2, 3), at(3, 4), start(3), at(4, 1));
    expect(elapsedSeconds(history)).toEqual([5, 8, 9, 10]);
    expect(summaryOf(history).seconds).toBe(10);
  });
});

describe("a line", () => {
  const whole = textOf([start(), step(1), step(2)]);

  test("that was cut anywhere at the end is left out, and said to be", () => {
    const from = textOf([start(), step(1)]).length;
    for (let length = from + 1; length < whole.length - 1; length++) {
      const history = parseHistory(whole.slice(0, length));
      expect([length, numbers(history), history.cut]).toEqual([length, [1], true]);
    }
    // The line feed alone is missing: nothing is lost.
    expect(parseHistory(whole.slice(0, -1))).toMatchObject({ cut: false, steps: [{ step: 1 }, { step: 2 }] });
    expect(parseHistory(whole.slice(0, from))).toMatchObject({ cut: false, steps: [{ step: 1 }] });
  });

  test("that was cut and written on is damaged: an error names it", () => {
    const damaged = `${whole.slice(0, -9)}\n${historyLine(step(3))}`;
    expect(() => parseHistory(damaged, "out/history.jsonl")).toThrow(/^out\/history\.jsonl, line 3: it is no JSON/);
  });

  test.each([
    ["[1]", /line 2: it is \[1\]; expected an event/],
    ['{"step":1}', /line 2: it is an object whose "event" is undefined/],
    ['{"event":"step","step":"1","loss":1}', /line 2: step\.step is "1"; expected a whole number from 0/],
    ['{"event":"step","step":1}', /line 2: step\.loss is undefined; expected a finite number/],
    ['{"event":"step","step":1,"loss":null}', /line 2: step\.loss is null/],
    ['{"event":"step","step":1,"loss":1,"sample":5}', /line 2: step\.sample is 5; expected a text/],
    ['{"event":"step","step":1,"loss":1,"validation":{"best":true}}', /step\.validation is an object; expected/],
    ['{"event":"step","step":1,"loss":1,"examples":[{"input":1}]}', /step\.examples is \[an object\]; expected/],
    ['{"event":"step","step":1,"loss":1,"sections":[{"kind":"html","title":"x"}]}', /step\.sections is/],
    ['{"event":"start","from":0,"layers":[{"path":"W"}]}', /start\.layers is \[an object\]; expected a list of/],
    ['{"event":"end","step":1}', /end\.reason is undefined; expected a text/],
  ])("that is %s is an error with its number", (line, message) => {
    expect(() => parseHistory(`${historyLine(start())}${line}\n${historyLine(step(9))}`)).toThrow(message);
    expect(() => parseHistory(`${historyLine(start())}${line}\n`)).toThrow(message);
  });

  test("of any length or depth ends in time", () => {
    const deep = `${"[".repeat(2e6)}\n`;
    expect(() => parseHistory(deep)).toThrow(/line 1/);
    expect(() => parseHistory(`"${"x".repeat(2 ** 24)}"\n`)).toThrow(/line 1: 16,777,218 characters are too many/);
    const error = (() => {
      try {
        parseHistory(`${"y".repeat(5e6)}\n`);
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect(error?.message.length).toBeLessThan(400);
  });
});

describe("historyLine", () => {
  test("writes nothing that could not be read", () => {
    expect(() => historyLine(step(1, { loss: Number.NaN }))).toThrow(
      /^history: step\.loss is NaN; expected a finite number/,
    );
    expect(() => historyLine({ ...start(), from: -1 } as never)).toThrow(/start\.from is -1/);
    expect(() => historyLine(undefined as never)).toThrow(/it is undefined; expected an event/);
    const odd = step(1, { metrics: { a: Number.NaN }, scores: { b: Infinity, c: "text" } });
    expect(historyOf(start(), odd).steps[0]?.metrics).toEqual({ a: null });
  });
});

describe("rewindHistory", () => {
  test("drops what is made again, a cut line and nothing else", () => {
    const odd = '{"event":"rest","note":  "kept as it stands"}\n';
    const kept = `${textOf([start(), step(1)])}${odd}${textOf([step(2)])}`;
    expect(rewindHistory(`${kept}${textOf([step(3), end(3)])}{"event":"st`, 2)).toBe(kept);
    expect(rewindHistory(kept, 2)).toBe(kept);
  });

  test("gives the text that reads as the whole one does once the training has gone on", () => {
    const text = textOf([start(), ...stepsTo(30)]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 200 }), (from, cutBy) => {
        const on = textOf([start(from), ...stepsTo(40, from + 1)]);
        const killed = text.slice(0, text.length - cutBy);
        const rewound = parseHistory(rewindHistory(killed, from) + on);
        const { steps, starts } = parseHistory(
          textOf([...parseHistory(killed).starts, ...parseHistory(killed).steps]) + on,
        );
        expect(rewound.steps).toEqual(steps);
        expect(rewound.starts).toEqual(starts);
      }),
    );
  });
});

describe("epochs", () => {
  test("have the mean of their losses, their last validation, their scores and their time", () => {
    const history = historyOf(start(), ...stepsTo(20, 1, { scores: { bleu: { score: 12 } } }), step(21));
    const [first, second, third] = epochsOf(history);
    expect(first).toMatchObject({ epoch: 1, steps: 10, validationLoss: 0.4, scores: { "bleu.score": 12 } });
    expect(first?.trainingLoss).toBeCloseTo(
      history.steps.slice(0, 10).reduce((sum, { loss }) => sum + loss, 0) / 10,
      12,
    );
    expect(second?.seconds).toBeCloseTo(1, 12);
    expect(second?.tokensPerSecond).toBeCloseTo(1000, 9);
    expect(third).toMatchObject({ epoch: 3, steps: 1, validationLoss: undefined, scores: {} });
  });
});

describe("a summary", () => {
  test("says what a training came to", () => {
    const summary = summaryOf(historyOf(start(0, { parameters: 5, steps: 20 }), ...stepsTo(20), end(20)));
    expect(summary).toMatchObject({
      steps: 20,
      planned: 20,
      epochs: 2,
      bestValidation: { step: 20, loss: 0.2 },
      lastValidation: { step: 20, loss: 0.2 },
      parameters: 5,
      ended: "made all its steps",
    });
    expect(summary.seconds).toBeCloseTo(2, 12);
  });

  test("of steps in unequal times has the throughput of all: the harmonic mean", () => {
    const history = historyOf(start(), step(1, { tokensPerSecond: 100 }), step(2, { tokensPerSecond: 300 }));
    expect(summaryOf(history).tokensPerSecond).toBeCloseTo(150, 9);
  });

  test("of a training without a step yet is empty", () => {
    expect(summaryOf(historyOf(start()))).toMatchObject({
      steps: 0,
      trainingLoss: undefined,
      bestValidation: undefined,
    });
  });
});
