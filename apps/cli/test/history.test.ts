import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { type HistoryEvent, historyLine, parseHistory } from "@throughtime/report";
import { decodeCheckpoint } from "@throughtime/train";
import { claimFolder } from "@throughtime/train/node";
import { afterAll, describe, expect, test, vi } from "vitest";
import { openHistory } from "../src/training/history.js";
import { RHYME, SMALL, scratch, shell } from "./support/shell.js";

const { path, dispose } = scratch();
afterAll(dispose);

const step = (at: number, more: object = {}): HistoryEvent => ({
  event: "step",
  step: at,
  loss: 1 / at,
  seconds: at,
  ...more,
});
const measured = (at: number) => step(at, { validation: { loss: 2 / at, best: true } });
const start = (from = 0): HistoryEvent => ({ event: "start", from });
const end = (at: number): HistoryEvent => ({ event: "end", reason: "steps", step: at });

async function folder(name: string): Promise<string> {
  await claimFolder(path(name));
  return path(name);
}

const read = (name: string, file = "history.jsonl") => readFileSync(`${path(name)}/${file}`, "utf8");

async function written(name: string, events: readonly HistoryEvent[], resumeFrom?: number): Promise<void> {
  const history = await openHistory(await folder(name), { resumeFrom });
  for (const event of events) await history.write(event);
  await history.close();
}

describe("a training's history", () => {
  test("is a line an event, a table and a page", async () => {
    const events = [start(), step(1), measured(2), end(2)];
    await written("run", events);
    expect(read("run")).toBe(events.map(historyLine).join(""));
    expect(read("run", "history.csv").split("\r\n")).toEqual([
      "step,loss,seconds,validation.loss,validation.best",
      "1,1,1,,",
      "2,0.5,2,1,true",
      "",
    ]);
    expect(read("run", "report.html")).toContain("<h1>run</h1>");
    expect(readdirSync(path("run")).sort()).toEqual([".throughtime", "history.csv", "history.jsonl", "report.html"]);
  });

  test("is on the disk after a validation, before the training ends", async () => {
    const history = await openHistory(await folder("running"));
    await history.write(start());
    await history.write(step(1));
    await history.write(measured(2));
    expect(parseHistory(read("running")).steps).toHaveLength(2);
    await history.close();
  });

  test("goes on: a cut line is mended, later steps are dropped, and the page has all of it", async () => {
    await written("resumed", [start(), ...[1, 2, 3, 4, 5].map((at) => step(at))]);
    appendFileSync(`${path("resumed")}/history.jsonl`, '{"event":"step","st');
    await written("resumed", [start(3), step(4, { loss: 9 }), end(4)], 3);
    const { steps, starts, end: last } = parseHistory(read("resumed"));
    expect(steps.map((one) => [one.step, one.loss])).toEqual([
      [1, 1],
      [2, 0.5],
      [3, 1 / 3],
      [4, 9],
    ]);
    expect([starts.length, last?.step]).toEqual([2, 4]);
    expect(read("resumed", "history.csv").trimEnd().split("\r\n")).toHaveLength(5);
  });

  test("that is whole is not written again when it goes on", async () => {
    await written("whole", [start(), step(1)]);
    const before = read("whole");
    const history = await openHistory(path("whole"), { resumeFrom: 1 });
    expect(read("whole")).toBe(before);
    await history.close();
  });

  test("that is damaged in the middle is an error with the line, and stays as it is", async () => {
    await written("damaged", [start(), step(1)]);
    const text = `${historyLine(start())}{"event":"st\n${historyLine(step(2))}`;
    writeFileSync(`${path("damaged")}/history.jsonl`, text);
    await expect(openHistory(path("damaged"), { resumeFrom: 2 })).rejects.toThrow(
      /history\.jsonl, line 2: it is no JSON/,
    );
    expect(read("damaged")).toBe(text);
  });

  test("of a new training keeps the one that stands there", async () => {
    await written("anew", [start(), step(1), step(2)]);
    const before = read("anew");
    await written("anew", [start(), step(1)]);
    expect(read("anew", "history.old.jsonl")).toBe(before);
    expect(parseHistory(read("anew")).steps).toHaveLength(1);
    await written("anew", [start(), step(1), step(2), step(3)]);
    expect(read("anew", "history.old.jsonl")).toBe(before);
    expect(parseHistory(read("anew", "history.old-2.jsonl")).steps).toHaveLength(1);
  });

  test("goes on where there is none yet", async () => {
    await written("older", [start(7), step(8)], 7);
    expect(parseHistory(read("older")).steps.map((one) => one.step)).toEqual([8]);
  });

  test("is not written through a link", async () => {
    await folder("linked");
    writeFileSync(path("mine.txt"), "");
    symlinkSync(path("mine.txt"), `${path("linked")}/history.jsonl`);
    await expect(openHistory(path("linked"))).rejects.toMatchObject({ name: "DataError" });
    expect(readFileSync(path("mine.txt"), "utf8")).toBe("");
  });

  test("takes nothing that could not be read again", async () => {
    const history = await openHistory(await folder("strict"));
    await expect(history.write(step(1, { sample: 5 }))).rejects.toThrow(/history: step\.sample is 5; expected a text/);
    await history.write(step(1, { metrics: { accuracy: Number.NaN } }));
    await history.close();
    expect(parseHistory(read("strict")).steps).toHaveLength(1);
  });

  test("is drawn again as the training runs, and takes a two-hundredth of its time at most", async () => {
    let time = 0;
    // Every look at the clock takes a tenth of a second, and so does drawing.
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (time += 100));
    try {
      const history = await openHistory(await folder("watched"));
      const shows = (steps: number) => read("watched", "report.html").includes(`<b>${steps}</b><span>steps</span>`);
      await history.write(start());
      time += 5000;
      await history.write(measured(1));
      await vi.waitFor(() => expect(shows(1)).toBe(true));
      expect(read("watched", "report.html")).toContain('<meta http-equiv="refresh"');
      time += 15_000;
      await history.write(measured(2));
      await new Promise((done) => setTimeout(done, 100));
      expect(shows(1)).toBe(true);
      time += 5000;
      await history.write(measured(3));
      await vi.waitFor(() => expect(shows(3)).toBe(true));
      await history.close();
      expect(read("watched", "report.html")).not.toContain('http-equiv="refresh"');
    } finally {
      clock.mockRestore();
    }
  });

  test("costs little: thousands of steps are written in a moment, and the page is not drawn at each", async () => {
    const history = await openHistory(await folder("fast"));
    await history.write(start());
    const began = performance.now();
    for (let at = 1; at <= 20_000; at++) await history.write(at % 20 === 0 ? measured(at) : step(at));
    const each = (performance.now() - began) / 20_000;
    await history.close();
    expect(each).toBeLessThan(0.25);
    expect(parseHistory(read("fast")).steps).toHaveLength(20_000);
  });
});

describe("throughtime train", () => {
  const train = (words: string) =>
    shell(`train lm --data ${path("rhyme.txt")} --out ${path("lm")} --backend cpu --threads 1 ${words}`);

  test("writes no checkpoint whose steps its history does not tell of", async () => {
    const out = path("in-step");
    const onDisk = (): readonly [checkpoint: Uint8Array | undefined, history: string] => [
      existsSync(`${out}/last.safetensors`) ? readFileSync(`${out}/last.safetensors`) : undefined,
      readFileSync(`${out}/history.jsonl`, "utf8"),
    ];
    const seen: (readonly [Uint8Array | undefined, string])[] = [];
    writeFileSync(path("rhyme.txt"), RHYME);
    const train = `train lm --data ${path("rhyme.txt")} ${SMALL} --steps 6 --save-every 0 --json --out ${out}`;
    const { code, err } = await shell(train, { onOut: () => seen.push(onDisk()) });
    expect(code, err).toBe(0);
    const steps = await Promise.all(
      seen.map(async ([bytes, history]) => [
        bytes ? (await decodeCheckpoint(bytes)).step : 0,
        parseHistory(history).steps.at(-1)?.step ?? 0,
      ]),
    );
    // start, six steps, end
    expect(steps.map(([saved]) => saved)).toEqual([0, 1, 2, 3, 4, 5, 6, 6]);
    for (const [saved, told] of steps) expect(told).toBe(saved);
  });

  test("that cannot go on, since its history is damaged, changes nothing", async () => {
    const out = path("in-step");
    const files = ["last.safetensors", "recipe.json", "history.jsonl"];
    const [first, , ...others] = readFileSync(`${out}/history.jsonl`, "utf8").split("\n");
    writeFileSync(`${out}/history.jsonl`, [first, '{"event":"st', ...others].join("\n"));
    const before = files.map((file) => readFileSync(`${out}/${file}`));
    const { code, err } = await shell(`train lm --data ${path("rhyme.txt")} --out ${out} --resume --steps 9`);
    expect([code, err]).toEqual([1, expect.stringContaining("history.jsonl, line 2: it is no JSON")]);
    expect(files.map((file) => readFileSync(`${out}/${file}`))).toEqual(before);
  });

  test("leaves a history of all its parts, one that was killed in the middle of a line too", async () => {
    writeFileSync(path("rhyme.txt"), RHYME);
    expect((await train("--hidden 8 --batch 2 --time 16 --sample 20 --steps 6 --validate-every 3")).code).toBe(0);
    const before = read("lm");
    expect((await train("--steps 5")).code).toBe(2);
    expect(read("lm")).toBe(before);
    appendFileSync(`${path("lm")}/history.jsonl`, `${historyLine(step(7))}{"event":"step","step":8,"lo`);
    expect((await train("--resume --steps 9")).code).toBe(0);
    const { starts, steps, end: last, cut } = parseHistory(read("lm"));
    expect(starts.map(({ from, steps: all, unit }) => [from, all, unit])).toEqual([
      [0, 6, "characters"],
      [6, 9, "characters"],
    ]);
    expect(steps.map((one) => one.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(steps.filter(({ sample }) => sample !== undefined).map((one) => one.step)).toEqual([3, 6, 9]);
    expect([last?.step, last?.reason, cut]).toEqual([9, "steps", false]);
    expect(read("lm", "history.csv").split("\r\n")[0]).toMatch(/^step,epoch,loss,.*,validation\.loss,/);
    expect(read("lm", "report.html")).toContain("<td>embedding.E</td>");
  });
});

const built = fileURLToPath(new URL("../dist/training/history.js", import.meta.url));

describe.skipIf(!existsSync(built) || process.platform === "win32")("a history that cannot be written", () => {
  test("is an error that says why; what is on the disk can be read and gone on with", async () => {
    const name = await folder("small");
    const script = `import { openHistory } from ${JSON.stringify(built)};
      const history = await openHistory(${JSON.stringify(name)});
      await history.write({ event: "start", from: 0 });
      let errors = 0;
      for (let step = 1; step <= 300; step++) {
        const event = { event: "step", step, loss: 1, validation: { loss: 1 } };
        await history.write(event).catch((error) => { if (errors++ === 0) console.log(error.name, error.message); });
      }
      await history.close().catch((error) => console.log(error.name));
      console.log(errors);`;
    writeFileSync(path("small.mjs"), script);
    // A file may have 4 kB: the write that goes beyond is done in part.
    const { stdout } = spawnSync("bash", ["-c", `ulimit -f 4; ${process.execPath} ${path("small.mjs")}`]);
    expect(String(stdout)).toMatch(/^DataError history: cannot write .*history\.jsonl: .*\n1\n$/);
    const { steps, cut } = parseHistory(read("small"));
    expect([cut, steps.length > 30, steps.length < 300]).toEqual([true, true, true]);
    await written("small", [start(30), step(31), end(31)], 30);
    expect(parseHistory(read("small"))).toMatchObject({ cut: false, end: { step: 31 } });
  });
});

describe("throughtime report", () => {
  test("draws a training, and several in one page", async () => {
    await written("a", [start(), measured(1), measured(2), end(2)]);
    await written("b", [start(), measured(1), measured(2), measured(3)]);
    const one = await shell(["report", path("a"), "--out", path("one.html")]);
    expect(one).toMatchObject({ code: 0, err: "", out: `1 training in ${path("one.html")}\n` });
    expect(readFileSync(path("one.html"), "utf8")).toContain("<h1>a</h1>");
    const both = await shell(["report", path("a"), `${path("b")}/history.jsonl`, "--out", path("one.html")]);
    expect(both).toMatchObject({ code: 0, out: `2 trainings in ${path("one.html")}\n` });
    expect(readFileSync(path("one.html"), "utf8")).toMatch(/<h2>Results<\/h2>[\s\S]*<td>a<\/td>[\s\S]*<td>b<\/td>/);
  });

  test("says that a line was cut, and draws the rest", async () => {
    await written("cut", [start(), step(1)]);
    appendFileSync(`${path("cut")}/history.jsonl`, '{"eve');
    const { code, err } = await shell(["report", path("cut"), "--out", path("cut.html")]);
    expect([code, err]).toEqual([0, `${path("cut")}: the last line of its history was cut; it is left out.\n`]);
  });

  test("replaces nothing but reports", async () => {
    writeFileSync(path("mine.html"), "<p>mine</p>");
    const { code, err } = await shell(["report", path("a"), "--out", path("mine.html")]);
    expect([code, err]).toEqual([
      2,
      `throughtime: --out ${path("mine.html")}: it is there, and is no report. Name another file.\n`,
    ]);
    expect(readFileSync(path("mine.html"), "utf8")).toBe("<p>mine</p>");
    mkdirSync(path("folder.html"));
    expect(await shell(["report", path("a"), "--out", path("folder.html")])).toMatchObject({ code: 2 });
  });

  test("says what is wrong with a folder", async () => {
    await folder("empty");
    writeFileSync(`${path("empty")}/history.jsonl`, "");
    writeFileSync(path("text.txt"), "hello\nthere\n");
    const out = ["--out", path("x.html")];
    writeFileSync(path("sparse.jsonl"), "");
    truncateSync(path("sparse.jsonl"), 50 * 2 ** 30);
    expect((await shell(["report", "/dev/zero", ...out])).err).toMatch(/is no history: it is no file/);
    for (const [name, message] of [
      ["nowhere", /nowhere has no history\.jsonl\. Name a folder that throughtime train wrote into/],
      ["empty", /empty\/history\.jsonl holds no events yet/],
      ["sparse.jsonl", /is no history: it is too large/],
      ["text.txt", /text\.txt, line 1: it is no JSON: "hello"/],
    ] as const) {
      const { code, err } = await shell(["report", path(name), ...out]);
      expect(code).toBe(1);
      expect(err).toMatch(message);
    }
    expect(readdirSync(path(""))).not.toContain("x.html");
    expect((await shell("report")).code).not.toBe(0);
  });
});

describe("a process that is killed while it writes", () => {
  test("leaves a history that goes on", async () => {
    const name = await folder("killed");
    const script = `import { openSync, writeSync } from "node:fs";
      const file = openSync(${JSON.stringify(`${name}/history.jsonl`)}, "a");
      const line = ${JSON.stringify(historyLine(step(1)))};
      writeSync(file, ${JSON.stringify(historyLine(start()))});
      for (let at = 1; ; at++) for (const part of line.replace('"step":1,', '"step":' + at + ",").match(/.{1,7}|\\n/g)) writeSync(file, part);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
    await new Promise((done) => setTimeout(done, 500));
    child.kill("SIGKILL");
    await new Promise((done) => child.on("exit", done));
    const before = parseHistory(read("killed"));
    const from = Math.floor(before.steps.length / 2);
    expect(from).toBeGreaterThan(0);
    await written("killed", [start(from), step(from + 1), end(from + 1)], from);
    const after = parseHistory(read("killed"), basename(name));
    expect(after.steps.map((one) => one.step)).toEqual(Array.from({ length: from + 1 }, (_, i) => i + 1));
    expect(after.cut).toBe(false);
  });
});
