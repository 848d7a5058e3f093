import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeCheckpoint } from "@throughtime/train";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonLines, RHYME, SMALL, scratch, shell } from "./support/shell.js";

const { path, dispose } = scratch();
const data = path("rhyme.txt");
beforeAll(() => writeFileSync(data, RHYME));
afterAll(dispose);

const small = SMALL.replace(/ --threads \d+/, "");

describe("--backend cpu", () => {
  const options = `--data ${data} ${small} --dropout 0.2 --steps 12 --learning-rate 0.02 --backend cpu`;
  const whole = path("whole");

  test("trains, and a training that was stopped ends with the very weights of an unbroken one", async () => {
    const unbroken = await shell(`train lm ${options} --out ${whole}`);
    expect(unbroken.err).toMatch(/parameters, on WebAssembly · /);
    const stopped = await shell(`train lm ${options} --json --out ${path("broken")}`, {
      onOut: (text, interrupt) => text.includes('"step":5') && interrupt.abort(),
    });
    expect(stopped.code).toBe(130);
    const { step } = jsonLines(stopped.out).at(-1) as { step: number };
    expect(step).toBeLessThan(12);
    expect((await shell(`train lm ${options} --out ${path("broken")} --resume`)).code).toBe(0);
    expect(readFileSync(path("broken/last.safetensors"))).toEqual(readFileSync(`${whole}/last.safetensors`));
  });

  test("on two threads comes to the very same weights", async () => {
    const { err } = await shell(`train lm ${options} --threads 2 --out ${path("threads")}`);
    expect(err).toMatch(/parameters, on WebAssembly · .* · 2 threads/);
    expect(readFileSync(path("threads/last.safetensors"))).toEqual(readFileSync(`${whole}/last.safetensors`));
  });

  test("learns what ONNX Runtime learns", async () => {
    await shell(`train lm ${options.replace("cpu", "ort")} --out ${path("native")}`);
    const best = async (folder: string) =>
      (await decodeCheckpoint(readFileSync(`${folder}/best.safetensors`))).stopping.best;
    expect(await best(whole)).toBeCloseTo((await best(path("native"))) as number, 4);
  });

  test("writes and measures as ONNX Runtime does, from the same checkpoint", async () => {
    const out = async (command: string) => (await shell(command)).out;
    const sample = (backend: string) => out(`sample ${whole} --length 40 --seed 3 --backend ${backend}`);
    expect(await sample("cpu")).toBe(await sample("ort"));
    const nats = async (backend: string) =>
      (jsonLines(await out(`eval ${whole} --data ${data} --json --backend ${backend}`))[0] as { nats: number }).nats;
    expect(await nats("cpu")).toBeCloseTo(await nats("ort"), 5);
  });

  test("exports what it trained, after ONNX Runtime agreed with it", async () => {
    const { code, out } = await shell(`export ${whole} --out ${path("onnx")} --backend cpu`);
    expect(code).toBe(0);
    expect(out).toMatch(/they agree with WebAssembly · /);
  });
});

/** The built command in a process with another onnxruntime-node. */
const shellWith = (hooks: string) => (words: string) => {
  const [bin, imported] = ["../dist/bin.js", `./support/${hooks}`].map((file) => new URL(file, import.meta.url));
  const args = ["--import", String(imported), fileURLToPath(bin as URL), ...words.split(" ")];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
};

describe("where ONNX Runtime is not installed", { timeout: 120_000 }, () => {
  const bare = shellWith("without-onnxruntime.mjs");

  test("commands run on WebAssembly, and doctor says why", () => {
    const trained = bare(`train lm --data ${data} ${small} --steps 2 --out ${path("bare")}`);
    expect(trained.err).toMatch(/parameters, on WebAssembly · /);
    expect(trained.code).toBe(0);
    const { backends, devices, chosen, advice } = JSON.parse(bare("doctor --json").out);
    expect(backends).toMatchObject([
      { name: "ort", available: false },
      { name: "cpu", available: true },
      { name: "reference", available: true },
    ]);
    expect(chosen.backend).toBe("cpu");
    expect(chosen.why).toMatch(/^ONNX Runtime does not run \(onnxruntime-node is not installed\)/);
    for (const { detail } of devices) expect(detail).toBe("onnxruntime-node is not installed");
    expect(advice).toContain("ONNXRUNTIME_NODE_INSTALL=skip npm install --global @throughtime/cli");
    expect(bare("doctor").out.trimEnd().split("\n").at(-1)).toBe(advice);
  });

  test("who asks for ort gets an error that says what to install", () => {
    for (const asked of ["--backend ort", "--device cpu"]) {
      const { code, err } = bare(`sample ${path("bare")} --length 3 ${asked}`);
      expect(err).toMatch(
        /^throughtime: ort: onnxruntime-node is not installed\. Install it: npm install onnxruntime-node\./,
      );
      if (process.platform === "linux" && process.arch === "x64")
        expect(err).toContain("ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node");
      expect(code).toBe(1);
    }
  });
});

describe("where ONNX Runtime is installed and broken", { timeout: 120_000 }, () => {
  const broken = shellWith("broken-onnxruntime.mjs");

  test("commands run on WebAssembly, doctor says why, and who asks for ort gets an error", () => {
    const trained = broken(`train lm --data ${data} ${small} --steps 2 --out ${path("without")}`);
    expect(trained.err).toMatch(/parameters, on WebAssembly · /);
    const { code, out } = broken("doctor --json");
    expect(code).toBe(0);
    expect(JSON.parse(out).chosen).toMatchObject({
      backend: "cpu",
      why: expect.stringMatching(/does not run \(ort: .* cannot run a model: the library is broken\)/),
    });
    const asked = broken(`sample ${path("without")} --length 3 --backend ort`);
    expect(asked.err).toMatch(/^throughtime: ort: .* cannot run a model: the library is broken/);
    expect(asked.code).toBe(1);
  });
});
