import { describe, expect, test } from "vitest";
import * as core from "../src/index.js";

const { ThroughtimeError } = core;
const functions = Object.entries(core as unknown as Record<string, unknown>).filter(
  (entry): entry is [string, (...args: unknown[]) => unknown] =>
    typeof entry[1] === "function" && !/Error$/.test(entry[0]),
);

/** They take parts of what core itself made, or of messages; who calls them has the compiler. */
const INNER = new Set(["splitInputs", "splitOutputs", "requireInRange", "placeIn"]);

/** What a call throws, also later. */
async function thrown(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("what core exports", () => {
  test.each(functions.filter(([name]) => !INNER.has(name)))("%s says what it misses", async (_, fn) => {
    for (const args of [[], [undefined, undefined, undefined], [null], [undefined, {}]]) {
      const error = await thrown(() => fn(...args));
      if (error !== undefined) expect(error).toBeInstanceOf(ThroughtimeError);
    }
  });

  const { program } = core.trace((x: core.Tensor) => core.tanh(x), [core.type([2])]);
  const given = core as unknown as Record<string, (...args: unknown[]) => unknown>;
  test.each([
    ["print", [{}], "print: argument 1 is an empty object; expected a Program, made with trace()."],
    ["countOps", [undefined], "countOps: argument 1 is undefined; expected a Program"],
    ["sizeNames", [3], "sizeNames: argument 1 is the number 3; expected a Program"],
    ["usersOf", [[]], "usersOf: argument 1 is an array of 0; expected a Program"],
    ["makeProgram", [undefined, []], "makeProgram: argument 1 is undefined; expected an array."],
    ["makeProgram", [[], [1]], "makeProgram: argument 2: item 0 is the number 1; expected a tensor."],
    ["withOutputs", [program], "makeProgram: argument 2 is undefined; expected an array."],
    ["replay", [program], "replay: argument 2 is undefined; expected an array."],
    ["replay", [program, [undefined]], "replay: argument 2: item 0 is undefined; expected a tensor."],
    ["replay", [program, []], "replay: 0 inputs are given, and the Program has 1."],
    ["replay", [program, program.inputs, {}], "replay: argument 3 is an empty object; expected a function."],
    ["rewriteProgram", [program], "rewriteProgram: argument 2 is undefined; expected a function."],
    ["batchProgram", [program], "batchProgram: argument 2 is undefined; expected an array."],
    ["printEquation", [program], "printEquation: argument 2 is undefined; expected an equation of a Program."],
    ["placeholders", [undefined], "placeholders: argument 1 is undefined; expected an array."],
    ["sizeOf", [undefined], "sizeOf: the shape is undefined; expected an array."],
    ["shapeText", [undefined], "shapeText: the shape is undefined; expected an array."],
    ["evaluateDim", [undefined, {}], "dim: undefined stands for a size"],
    ["flattenTree", [[1]], "flattenTree: isLeaf is undefined; expected a function."],
    ["unflattenTree", [undefined, []], "unflattenTree: the structure is undefined; expected what flattenTree() gives."],
    ["structureKey", [{}], "structureKey: the structure is an empty object"],
    ["defineOp", [{ name: "mine" }], "defineOp: shape is undefined; expected a function."],
    ["defineComposite", [{ name: "mine" }], "defineComposite: lower is undefined; expected a function."],
  ])("%s, wrongly called, says so", (name, args, message) => {
    expect(() => given[name]?.(...args)).toThrow(message);
  });
});
