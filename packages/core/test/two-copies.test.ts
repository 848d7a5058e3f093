import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, expect, test } from "vitest";
import * as ours from "../src/index.js";
import { installCore } from "./helpers/installed.js";

let theirs: typeof ours;
let place: string;

beforeAll(async () => {
  place = await installCore(mkdtempSync(join(tmpdir(), "throughtime-copy-")), "9.8.7");
  theirs = (await import(/* @vite-ignore */ pathToFileURL(place).href)) as typeof ours;
});

test("VERSION is this package's", () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  expect(ours.VERSION).toBe(manifest.version);
});

/** What uses values of two copies of the package, the first as it would in one that is installed twice. */
const mixes: Readonly<Record<string, () => unknown>> = {
  "an op of the one on a tensor of the other": () => ours.trace((x) => theirs.mul(x as never, 2), [ours.type([2])]),
  "and the other way round": () => theirs.trace((x) => ours.add(1, x as never), [ours.type([2])]),
  "beside a tensor of its own": () => ours.matmul(ours.zeros([2, 2]), theirs.zeros([2, 2]) as never),
  "a result": () => ours.trace(() => ({ y: theirs.zeros([2]) }), []),
  "a loss": () => ours.grad(() => theirs.zeros([]) as never, ours.zeros([])),
  "parameters of grad": () => theirs.grad((p: { W: never }) => theirs.sum(p.W), { W: ours.zeros([2]) as never }),
  "a scan's carry": () => ours.scan((c) => [c, 0], { h: theirs.zeros([2]) } as never, [], { length: 2 }),
  "a scan's step": () => ours.scan(() => [theirs.zeros([2]), 0] as never, ours.zeros([2]), [], { length: 2 }),
  "a vmapped function": () => ours.vmap((_: ours.Tensor) => theirs.zeros([2]) as ours.Tensor)(ours.zeros([3, 2])),
  optimize: () => ours.optimize(program() as never, () => true),
  bind: () => ours.bind(program() as never, {}),
  verify: () => ours.verify(program() as never),
  evaluateProgram: () => ours.evaluateProgram(program() as never, [ours.ndarray([1, 2])]),
  inlineComposites: () => ours.inlineComposites(program() as never, () => false),
  splitScans: () => ours.splitScans(program() as never),
  print: () => ours.print(program() as never),
};
const program = () => theirs.trace((x: ours.Tensor) => theirs.tanh(x as never), [theirs.type([2])]).program;

test.each(Object.entries(mixes))("two copies do not mix: %s", (_, mix) => {
  expect(mix).toThrow(expect.objectContaining({ name: "ArgumentError", message: expect.stringContaining("npm ls") }));
  try {
    mix();
  } catch (error) {
    const { message, stack } = error as Error;
    expect(message).toContain("made by another copy of @throughtime/core. Two are loaded");
    for (const part of [`${ours.VERSION} at `, "9.8.7 at ", place]) expect(message).toContain(part);
    expect(stack?.split("\n")[1]).toContain("two-copies.test.ts");
  }
});

test("host data, sizes, keys and errors of two copies mix", () => {
  const doubled = ours.trace((x: ours.Tensor) => ours.mul(x, theirs.ndarray([2, 3])), [theirs.type(["B", 2])]).program;
  const bound = ours.bind(doubled, { B: 1 });
  expect(ours.evaluateProgram(bound, [theirs.ndarray([[1, 2]])])[0]?.data).toEqual(Float32Array.of(2, 6));
  expect(ours.uniform(theirs.key(1), [2])).toEqual(theirs.uniform(ours.key(1), [2]));
});
