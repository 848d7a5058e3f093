import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BEST, decodeCheckpoint, LAST } from "../src/index.js";
import { bundle } from "./support/bundle.js";

const KILLS = 20;
const STEPS = 300;
let place: string;
let program: string;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "throughtime-kill-"));
  program = join(place, "child.mjs");
  await bundle(new URL("./support/trained-child.ts", import.meta.url), program);
});
afterAll(() => rm(place, { recursive: true, force: true }));

const start = (folder: string) =>
  spawn(process.execPath, [program, folder, String(STEPS)], { stdio: ["ignore", "pipe", "inherit"] });

const exitOf = (child: ChildProcess) =>
  new Promise<number | NodeJS.Signals>((resolve) => child.on("exit", (code, signal) => resolve(signal ?? code ?? -1)));

/** Resolves when the child has reported that many steps, or has ended. */
async function steps(child: ChildProcess, count: number): Promise<void> {
  let seen = 0;
  for await (const _ of createInterface({ input: child.stdout! })) if (++seen >= count) return;
}

describe("kill -9", () => {
  it(`at ${KILLS} random moments, resumed each time, changes no bit of the final checkpoint`, async () => {
    const folder = join(place, "killed");
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = mulberry(seed);
    const saved: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const child = start(folder);
      const exit = exitOf(child);
      // Every fifth dies while it starts up; the others somewhere in a step, a validation or a write.
      if (kill % 5 === 4) await sleep(random() * 200);
      else {
        await steps(child, 1 + Math.floor(random() * 14));
        await sleep(random() * 6);
      }
      child.kill("SIGKILL");
      expect(await exit, `seed ${seed}`).toBe("SIGKILL");
      const names = (await readdir(folder).catch(() => [])).filter((name) => name === LAST || name === BEST);
      // No moment leaves what was there unreadable, or takes it away.
      if (saved.length > 0) expect(names, `seed ${seed}`).toContain(LAST);
      for (const name of names) {
        const { step } = await decodeCheckpoint(await readFile(join(folder, name)));
        if (name === LAST) saved.push(step);
      }
    }
    expect(saved).toEqual([...saved].sort((a, b) => a - b));
    expect(saved.at(-1)).toBeGreaterThan(0);
    expect(saved.at(-1)).toBeLessThan(STEPS);
    expect(await exitOf(start(folder))).toBe(0);

    const never = join(place, "never");
    expect(await exitOf(start(never))).toBe(0);
    for (const name of [LAST, BEST]) {
      const [a, b] = await Promise.all([folder, never].map((at) => readFile(join(at, name))));
      expect(a?.equals(b as Buffer), `${name}, seed ${seed}`).toBe(true);
    }
    expect((await decodeCheckpoint(await readFile(join(never, LAST)))).step).toBe(STEPS);
  }, 240_000);
});

/** A small generator of numbers in [0, 1), so that a failure's seed can be tried again. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
