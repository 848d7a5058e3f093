import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeCheckpoint } from "@throughtime/train";
import { afterAll, describe, expect, test } from "vitest";
import { RHYME, SMALL, scratch } from "./support/shell.js";

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const { path, dispose } = scratch();
afterAll(dispose);

/** Runs the built command and, once it has written `mark`, does what Ctrl-C does in a terminal: once, or again and again. */
function interrupted(args: readonly string[], mark: string, how: "once" | "impatiently") {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let timer: NodeJS.Timeout | undefined;
  return new Promise<{ code: number | null; signal: string | null; text: string }>((resolve) => {
    const read = (chunk: Buffer) => {
      text += chunk;
      if (!text.includes(mark) || timer) return;
      child.kill("SIGINT");
      timer = setInterval(() => how === "impatiently" && child.kill("SIGINT"), 50);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("close", (code, signal) => {
      clearInterval(timer);
      resolve({ code, signal, text });
    });
  });
}

describe.skipIf(!existsSync(bin))("Ctrl-C on the built command (skipped where apps/cli is not built)", () => {
  const args = (out: string) => `train lm --data ${path("rhyme.txt")} --out ${out} ${SMALL} --steps 100000`.split(" ");

  test("saves a checkpoint that can be read, says where, and ends with 130", async () => {
    writeFileSync(path("rhyme.txt"), RHYME);
    const { code, text } = await interrupted(args(path("once")), "step 1 of", "once");
    expect(code).toBe(130);
    expect(text).toContain(`Saved in ${path("once/last.safetensors")}`);
    const { step } = await decodeCheckpoint(readFileSync(path("once/last.safetensors")));
    expect(text).toContain(`Stopped after step ${step.toLocaleString("en-US")}.`);
  });

  test("twice ends at once, in the middle of a step", async () => {
    writeFileSync(path("long.txt"), RHYME.repeat(40));
    const slow = [...args(path("twice")), "--hidden", "256", "--batch", "32", "--time", "256"];
    slow[slow.indexOf("--data") + 1] = path("long.txt");
    const { signal, text } = await interrupted(slow, "in an epoch", "impatiently");
    expect(signal).toBe("SIGINT");
    expect(text).not.toContain("Saved in");
  });

  test("that also ended the reader of a pipe saves all the same", async () => {
    writeFileSync(path("rhyme.txt"), RHYME);
    const seldom = [...args(path("piped")), "--json", "--save-every", "1000", "--validate-every", "100000"];
    const child = spawn(process.execPath, [bin, ...seldom], { stdio: ["ignore", "pipe", "ignore"] });
    const steps = /"event":"step","step":(\d+)/g;
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk;
      if ([...text.matchAll(steps)].length >= 3) child.stdout.destroy();
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
    const { step } = await decodeCheckpoint(readFileSync(path("piped/last.safetensors")));
    expect(step).toBeGreaterThanOrEqual(3);
  });
});
