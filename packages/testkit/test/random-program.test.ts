import * as core from "@throughtime/core";
import {
  bind,
  countOps,
  type Dim,
  evaluateProgram,
  type Op,
  type Program,
  print,
  type ScanParams,
  type Sizes,
  scanOp,
  verify,
} from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { difference, evaluateInF64, gradientProgram, randomCase, randomProgram } from "../src/index.js";

const isOp = (value: unknown): value is Op => typeof value === "object" && value !== null && "evaluate" in value;

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

  test("are of every kind: every op of core, alone and in scans; i32 and bool carried; empty axes, and data of every sort", () => {
    const counts: Record<string, number> = {};
    const [carried, shapes, numbers] = [new Set<string>(), new Set<Dim>(), new Set<string>()];
    const visit = ({ equations }: Program): void => {
      for (const { op, params, outputs } of equations) {
        for (const { shape } of outputs) for (const d of shape) shapes.add(d);
        if (op.name !== scanOp.name) continue;
        const { body, captures, carries } = params as ScanParams;
        for (const { dtype } of body.inputs.slice(captures, captures + carries)) carried.add(dtype);
        visit(body);
      }
    };
    for (let seed = 0; seed < 400; seed++) {
      const { program, inputs, sizes } = randomCase(seed);
      countOps(program, "", counts);
      visit(program);
      for (const { data, dtype } of inputs(sizes[0] as Sizes))
        for (const value of data) numbers.add(`${dtype} ${Object.is(value, -0) ? "-0" : value}`);
    }
    const ops = Object.values(core)
      .filter(isOp)
      .map(({ name }) => name);
    expect(ops.length).toBeGreaterThan(40);
    expect(ops.filter((op) => !counts[op])).toEqual([]);
    // What has no operands never stands in a loop; gradients of convolutions and pooling do in `scan/convolutions`.
    const isElsewhere = (op: string) => op === "iota" || op === "size" || op.endsWith("Gradient");
    expect(ops.filter((op) => !isElsewhere(op) && !counts[`scan/${op}`])).toEqual([]);
    expect([...carried].sort()).toEqual(["bool", "f32", "i32"]);
    expect(shapes.has(0)).toBe(true);
    const wanted = [NaN, Infinity, -Infinity, "-0", 2 ** -149, 2 ** 127 * (2 - 2 ** -23)].map((x) => `f32 ${x}`);
    expect([...wanted, `i32 ${-(2 ** 31)}`, `i32 ${2 ** 31 - 1}`].filter((text) => !numbers.has(text))).toEqual([]);
  });

  test("of exact values differ in nothing from what f64 gives", () => {
    for (const seed of seeds) {
      const { program, inputs, precision } = randomProgram(seed, { values: "ties" });
      const exact = evaluateInF64(program, inputs());
      evaluateProgram(program, inputs()).forEach((output, i) => {
        const tolerance = precision[i] === "exact" ? {} : { absolute: 2e-5, ofLargest: 2e-5 };
        const wrong = difference(output, exact[i] as typeof output, tolerance);
        if (wrong) throw new Error(`seed ${seed}, output ${i}: ${wrong}\n${print(program)}`);
      });
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
