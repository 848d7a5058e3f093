import { describe, expect, test } from "vitest";
import type { Task } from "../src/protocol.js";
import type { Connection } from "../src/run/connection.js";
import { interleave, LOSS_STEP } from "../src/run/interleave.js";

/** A peer whose steps take a fixed time, without taking it. */
function scripted(name: string, stepMs: number, log: string[], failAt = Infinity): Connection {
  let steps = 0;
  return {
    device: name,
    build: async () => ({ ms: 1000, loss: 5 }),
    async steps(count) {
      log.push(`${name} ${count}`);
      steps += count;
      if (steps >= failAt) throw new Error(`${name} broke`);
      return {
        ms: Array.from({ length: count }, () => stepMs),
        losses: Array.from({ length: count }, (_, i) => 4 - i),
      };
    },
    peak: async () => ({ peakBytes: 1e6 }),
    async close() {},
  };
}

const sizes = { B: 1, T: 1, H: 1, V: 2, threads: 1, learningRate: 0.1 };
const task: Task = { work: "train-step", peer: "x", cell: "lstm", ...sizes, inputProduct: "step", inputs: "" };

describe("the interleaving runner", () => {
  test("peers take turns, each round another first; turns of quick peers have more steps, of which one warms up", async () => {
    const log: string[] = [];
    const contestants = [scripted("a", 10, log), scripted("b", 500, log)].map((connection) => ({ connection, task }));
    await interleave(contestants, { rounds: 2, turnMs: 100 });
    expect(log).toEqual([`a ${LOSS_STEP}`, `b ${LOSS_STEP}`, "a 11", "b 1", "b 1", "a 11"]);
  });

  test("a timing has every counted step, the loss after the first updates, and compile time less a step", async () => {
    const [timing] = await interleave([{ connection: scripted("a", 10, []), task }], { rounds: 3, turnMs: 20 });
    expect(timing).toEqual({
      ...{
        rounds: [
          [10, 10],
          [10, 10],
          [10, 10],
        ],
        loss: 4 - (LOSS_STEP - 1),
      },
      ...{ compileMs: 990, peakBytes: 1e6, parts: {} },
    });
  });

  test("a peer that fails does not stop the others", async () => {
    const contestants = [scripted("a", 10, [], LOSS_STEP + 1), scripted("b", 10, [])].map((connection) => ({
      connection,
      task,
    }));
    const [a, b] = await interleave(contestants, { rounds: 2, turnMs: 10 });
    expect(a).toEqual(new Error("a broke"));
    expect(b).toHaveProperty("rounds.length", 2);
  });
});
