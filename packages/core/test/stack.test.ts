import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { add, grad, mean, ndarray, reshape, scan, sum, type Tensor, trace, type, vmap, zeros } from "../src/index.js";
import { installCore } from "./helpers/installed.js";

const own = fileURLToPath(import.meta.url);

/** The frames of what a function throws. */
function framesOf(fn: () => unknown): string[] {
  try {
    fn();
  } catch (error) {
    const { name, message, stack } = error as Error;
    expect(stack?.startsWith(`${name}: ${message}\n`)).toBe(true);
    return (stack as string).slice(`${name}: ${message}\n`.length).split("\n");
  }
  throw new Error("nothing was thrown");
}

const wrongSum = (x: Tensor): Tensor => add(x, zeros([5]));
const lineOf = (fn: () => unknown) => expect(framesOf(fn)[0]);

describe("an error's stack begins at the user's line", () => {
  const x = type([2, 3]);
  const inWrongSum = expect.stringMatching(/at wrongSum \(.*stack\.test\.ts:\d+:\d+\)$/);

  test("in a function that is traced", () => {
    lineOf(() => trace(wrongSum, [x])).toEqual(inWrongSum);
    lineOf(() => trace((v: Tensor) => sum(wrongSum(v)), [x])).toEqual(inWrongSum);
  });

  test("in a step, behind grad, behind vmap, and deep in all of them", () => {
    const stepping = (v: Tensor): Tensor => scan((c: Tensor, xt: Tensor) => [c, wrongSum(xt)], zeros([]), v)[1];
    const nested = (v: Tensor): Tensor => vmap((row: Tensor) => mean(stepping(row)))(v);
    lineOf(() => trace(stepping, [x])).toEqual(inWrongSum);
    lineOf(() => trace((v: Tensor) => grad((w: Tensor) => sum(wrongSum(w)), v), [x])).toEqual(inWrongSum);
    const deep = (depth: number, v: Tensor): Tensor =>
      depth === 0 ? nested(v) : grad((w: Tensor) => sum(deep(depth - 1, w)), v);
    lineOf(() => trace((v: Tensor) => deep(3, v), [type([4, 2, 3])])).toEqual(inWrongSum);
  });

  test("where the library calls the user's function no more", () => {
    const here = expect.stringContaining(own);
    for (const fn of [
      () => ndarray([[1, 2], [3]]),
      () => ndarray([[[["1"]]]] as never),
      () => reshape(zeros([2, 3]), [4]),
      () => trace(() => ({ a: { b: [undefined] } }), []),
      () => scan((c: Tensor) => [zeros([7]), c], zeros([3]), [], { length: 2 }),
    ]) {
      lineOf(fn).toEqual(here);
    }
  });

  test("and goes on with the library's, as many frames as before", () => {
    const frames = framesOf(() => trace(wrongSum, [x]));
    expect(frames.some((frame) => frame.includes("broadcastShapes"))).toBe(true);
    expect(Error.stackTraceLimit).toBe(10);
  });
});

test("in plain Node, with the package installed, it is the user's file that stands first", async () => {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-stack-"));
  await installCore(folder, "1.2.3");
  writeFileSync(
    join(folder, "user.mjs"),
    `import { add, trace, type } from "@throughtime/core";
     try {
       trace((x) => add(x, [1]), [type([2])]);
     } catch (error) {
       console.log(error.stack);
     }`,
  );
  const output = execFileSync(process.execPath, [join(folder, "user.mjs")], { encoding: "utf8" }).split("\n");
  expect(output[0]).toMatch(/^ArgumentError: add: argument 2 is an array of 1/);
  expect(output[1]).toContain("user.mjs:3:");
});
