import { bind, countOps, evaluateProgram, print, verify } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { difference, evaluateInF64, gradientProgram, randomProgram } from "../src/index.js";

const seeds = Array.from({ length: 50 }, (_, i) => i);

describe("randomProgram", () => {
  test.each([
    ["with fixed sizes", {}],
    ["smooth", { smooth: true }],
    ["with named sizes", { symbolic: true }],
  ])("makes well-formed Programs whose values are tame: %s", (_, options) => {
    for (const seed of seeds) {
      const { program, inputs, sizes } = randomProgram(seed, options);
      verify(program);
      const bound = bind(program, sizes);
      const exact = evaluateInF64(bound, inputs());
      evaluateProgram(bound, inputs()).forEach((output, i) => {
        const wrong = difference(output, exact[i] as typeof output, { absolute: 2e-5, ofLargest: 2e-5 });
        const largest = Math.max(...output.data.map(Math.abs), 0);
        if (wrong || !(largest < 20))
          throw new Error(`seed ${seed}, output ${i}: ${wrong}, up to ${largest}\n${print(program)}`);
      });
    }
  });

  test("has gradients that are finite and well-formed", () => {
    for (const seed of seeds) {
      const { program, inputs } = randomProgram(seed, { smooth: true });
      const gradient = gradientProgram(program);
      verify(gradient);
      const exact = evaluateInF64(gradient, inputs());
      evaluateProgram(gradient, inputs()).forEach((output, i) => {
        const wrong = difference(output, exact[i] as typeof output, { absolute: 1e-5, ofLargest: 1e-4 });
        if (wrong) throw new Error(`seed ${seed}, output ${i}: ${wrong}\n${print(program)}`);
      });
    }
  });

  test("reaches every kind of op, in scans and in scans inside scans", () => {
    const counts: Record<string, number> = {};
    for (let seed = 0; seed < 200; seed++) countOps(randomProgram(seed).program, "", counts);
    const ops = [
      "add",
      "mul",
      "div",
      "matmul",
      "slice",
      "concat",
      "sum",
      "max",
      "gather",
      "reshape",
      "transpose",
      "select",
      "broadcast",
    ];
    for (const prefix of ["", "scan/", "scan/scan/"]) {
      expect(ops.filter((op) => !counts[prefix + op])).toEqual([]);
    }
  });

  test("one seed gives one Program, and a smaller size its beginning", () => {
    const text = (size: number) => print(randomProgram(7, { size }).program);
    expect(text(8)).toBe(text(8));
    const lines = (size: number) => randomProgram(7, { size, depth: 0 }).program.equations.map(({ op }) => op.name);
    expect(lines(9).length).toBeGreaterThan(lines(4).length);
    expect(lines(9).slice(0, lines(4).length)).toEqual(lines(4));
  });

  test("serves other sizes by name", () => {
    for (const seed of seeds.slice(0, 30)) {
      const { program, inputs } = randomProgram(seed, { symbolic: true });
      const sizes = { T: 1, B: 3 };
      for (const output of evaluateProgram(bind(program, sizes), inputs(sizes))) {
        expect(output.data.every(Number.isFinite)).toBe(true);
      }
    }
  });
});
