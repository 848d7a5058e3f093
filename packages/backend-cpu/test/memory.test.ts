import { bind, inlineComposites, optimize, trace } from "@throughtime/core";
import { expect, test } from "vitest";
import { type Plan, planProgram } from "../src/plan/plan.js";
import { trainStep } from "./support/step.js";

/** The most bytes that the arena's values have at one moment: no arrangement of them could do with less. */
function mostAlive({ life }: Plan): number {
  const arena = [...life].filter(([{ place }]) => place.kind === "arena");
  const at = (moment: number): number =>
    arena.filter(([, { start, end }]) => start <= moment && moment <= end).reduce((sum, [{ bytes }]) => sum + bytes, 0);
  return Math.max(...arena.map(([, { start }]) => at(start)));
}

test("a training step's arena is at most 1.2 times what is alive at once (H = 512)", () => {
  const [V, H, T, B] = [65, 512, 50, 32];
  const f32 = (...shape: number[]) => ({ dtype: "f32" as const, shape });
  const params = { E: f32(V, 4 * H), U: f32(H, 4 * H), W: f32(H, V) };
  const { program } = trace(trainStep, [params, { dtype: "i32", shape: [T, B] }] as never);
  const all = () => false;
  const bound = bind(inlineComposites(optimize(program, all).program, all), {});
  const plan = planProgram(bound, [true, true, true, false]);
  const aliveBytes = mostAlive(plan);
  expect(aliveBytes).toBeGreaterThan(4 * T * B * 4 * H);
  expect(plan.arenaBytes).toBeLessThanOrEqual(1.2 * aliveBytes);
});
