import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import { describe, expect, test } from "vitest";
import { captionerFor } from "../src/captioning/network.js";
import { makeCaptionInputs } from "../src/captioning/task.js";
import { trainingStep } from "../src/models/training-step.js";
import { treeAt } from "../src/translate/paths.js";

const config = { B: 3, T: 4, L: 9, D: 6, E: 5, H: 8, A: 7, V: 11 };
const inputs = makeCaptionInputs(config);

describe("the captioner's benchmark", () => {
  test("a training step has the same losses on all backends, and learns its batch", async () => {
    const [params, batch] = [treeAt("params", inputs), treeAt("batch", inputs)];
    const losses = await Promise.all(
      [reference(), await cpu({ threads: 1 }), await ort({ threads: 1 })].map(async (backend) => {
        const step = await trainingStep({
          ...{ backend, model: captionerFor(inputs), params, batch, learningRate: 1e-2, clipNorm: 5 },
        });
        const said: number[] = [];
        for (let i = 0; i < 6; i++) said.push(await step.step());
        await step.close();
        await backend.close();
        return said;
      }),
    );
    const [one, ...others] = losses as [number[], ...number[][]];
    for (const other of others) one.forEach((loss, i) => expect(other[i]).toBeCloseTo(loss, 4));
    expect(one.at(-1)).toBeLessThan((one[0] as number) - 0.3);
  });

  test("equal seeds give equal inputs; places must be a square", () => {
    expect(makeCaptionInputs(config)).toEqual(inputs);
    expect(makeCaptionInputs(config, 1)).not.toEqual(inputs);
    expect(() => makeCaptionInputs({ ...config, L: 8 })).toThrow("square");
  });
});
