import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeCheckpoint } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RHYME, SMALL, scratch } from "./support/shell.js";

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const { path, dispose } = scratch();
beforeAll(() => writeFileSync(path("rhyme.txt"), RHYME));
afterAll(dispose);

interface Started {
  readonly child: ChildProcess;
  readonly end: Promise<{ readonly code: number | null; readonly text: string }>;
  /** Once it has written this. */
  said(mark: string): Promise<void>;
}

function start(words: string): Started {
  const child = spawn(process.execPath, [bin, ...words.split(" ")], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let heard = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text += chunk;
      heard();
    });
  }
  const end = new Promise<{ code: number | null; text: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, text }));
  });
  const said = (mark: string) =>
    new Promise<void>((resolve) => {
      heard = () => text.includes(mark) && resolve();
      heard();
    });
  return { child, end, said };
}

const training = (out: string, steps = 1_000_000) =>
  `train lm --data ${path("rhyme.txt")} --out ${path(out)} ${SMALL} --backend cpu --steps ${steps}`;

describe.skipIf(!existsSync(bin))(
  "the built command (skipped where apps/cli is not built)",
  { timeout: 90_000 },
  () => {
    test("started eight times at once for one folder trains once; seven say who has it", async () => {
      const all = Array.from({ length: 8 }, () => start(training("shared")));
      const ends = await Promise.all(
        all.map(({ end, said }, i) => Promise.race([end, said("step 1 of").then(() => i)])),
      );
      const winners = ends.filter((end) => typeof end === "number");
      expect(winners).toHaveLength(1);
      const { child, end } = all[winners[0] as number] as Started;
      for (const lost of ends) {
        if (typeof lost === "number") continue;
        expect(lost.code).toBe(2);
        expect(lost.text).toContain(`${path("shared")} is held by another training (process ${child.pid} on`);
        expect(lost.text.trimEnd().split("\n")).toHaveLength(1);
      }
      child.kill("SIGTERM");
      const { code, text } = await end;
      expect(code).toBe(130);
      const { step } = await decodeCheckpoint(readFileSync(path("shared/last.safetensors")));
      expect(text).toContain(`Stopped after step ${step.toLocaleString("en-US")}. Saved in`);
      expect(readdirSync(path("shared"))).not.toContain(".throughtime.lock");
    });

    test("killed in the middle goes on with --resume at once", async () => {
      const { child, end, said } = start(`${training("killed")} --save-every 0`);
      await said("step 1 of");
      child.kill("SIGKILL");
      await end;
      const { step } = await decodeCheckpoint(readFileSync(path("killed/last.safetensors")));
      const again = start(`${training("killed")} --resume`);
      await again.said(`goes on after step ${step.toLocaleString("en-US")}`);
      await again.said("step ");
      again.child.kill("SIGTERM");
      expect((await again.end).code).toBe(130);
    });
  },
);
