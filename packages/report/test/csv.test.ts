import { historyCsv } from "@throughtime/report";
import { expect, test } from "vitest";
import { historyOf, start, step } from "./support/runs.js";

test("a row a step, a column for every field that some step has, empty where one has it not", () => {
  const history = historyOf(
    start(),
    { event: "step", step: 1, loss: 2.5 },
    {
      event: "step",
      step: 2,
      loss: 1.5,
      validation: { loss: 1.25, best: true },
      checkpoint: ["a", "b"],
      scores: { bleu: { score: 3 } },
    },
  );
  expect(historyCsv(history)).toBe(
    "step,loss,validation.loss,validation.best,checkpoint,scores.bleu.score\r\n" +
      "1,2.5,,,,\r\n" +
      '2,1.5,1.25,true,"[""a"",""b""]",3\r\n',
  );
});

test("texts with commas, quotes and line ends are quoted (RFC 4180)", () => {
  const history = historyOf(start(), { event: "step", step: 1, loss: 1, sample: 'He said: "no",\nand left\r\n' });
  expect(historyCsv(history)).toBe('step,loss,sample\r\n1,1,"He said: ""no"",\nand left\r\n"\r\n');
});

test("columns that every training has stand first, in one order", () => {
  const shuffled = { sample: "x", ...(step(1) as object) } as ReturnType<typeof step>;
  expect(historyCsv(historyOf(start(), shuffled)).split("\r\n")[0]).toBe(
    "step,epoch,loss,learningRate,gradientNorm,tokensPerSecond,seconds,sample",
  );
});

test("no steps make a header's empty line, and fields named like an object's own are columns", () => {
  expect(historyCsv(historyOf(start()))).toBe("\r\n");
  const odd = JSON.parse('{"event":"step","step":1,"loss":1,"__proto__":{"toString":5}}');
  expect(historyCsv(historyOf(start(), odd))).toBe("step,loss,__proto__.toString\r\n1,1,5\r\n");
});
