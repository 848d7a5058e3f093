import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseHistory } from "@throughtime/report";
import { afterAll, describe, expect, test } from "vitest";
import { demo } from "../src/demo/run.js";
import { DEMO, type DemoSettings } from "../src/demo/settings.js";
import { RHYME, scratch } from "./support/shell.js";

const { path, dispose } = scratch();
afterAll(dispose);

const settings: DemoSettings = {
  ...DEMO,
  folder: path("demo"),
  options: {
    ...DEMO.options,
    data: path("A <rhyme> & more"),
    hidden: 8,
    steps: 6,
    batch: 2,
    time: 16,
    validateEvery: 3,
  },
  showAt: [1],
  captions: {
    ...{ size: 32, widths: "8,16", hidden: 8, embedding: 8, attentionSize: 8 },
    ...{ steps: 2, validateEvery: 2, score: 4, backend: "cpu" },
  },
};
writeFileSync(path("A <rhyme> & more"), `${RHYME}<script>`);

async function run(chosen: DemoSettings = settings, interrupt = new AbortController()) {
  let out = "";
  let err = "";
  const terminal = {
    out: {
      write: (text: string) => {
        out += text;
      },
    },
    err: {
      write: (text: string) => {
        err += text;
      },
    },
  };
  return { code: await demo(chosen, { terminal, signal: interrupt.signal }), out, err };
}

describe("the demo", () => {
  test("trains, writes as it learns, and leaves checkpoints, ONNX models and a report", async () => {
    const { code, out, err } = await run();
    expect(code).toBe(0);
    // Twice a language model's, and a captioner's.
    expect(err.match(/^step \d+(: validation .*)?\n {4}/gm)?.length).toBe(4);
    expect(out).toMatch(
      /Trained 6 steps in .*\nTrained 2 steps in .*captions.*\nExported as sequence\.onnx .* agree .*\nThe report: file:.*report\.html\nThe captioner's own: file:/,
    );
    expect(readdirSync(path("demo")).sort()).toEqual([
      ".throughtime",
      "best.safetensors",
      "captions",
      "history.csv",
      "history.jsonl",
      "last.safetensors",
      "recipe.json",
      "report.html",
      "sequence.onnx",
      "step.onnx",
    ]);
  }, 60_000);

  test("can be run again in its folder, and nowhere else", async () => {
    expect((await run()).code).toBe(0);
    mkdirSync(path("mine"));
    writeFileSync(path("mine/report.html"), "mine");
    await expect(run({ ...settings, folder: path("mine") })).rejects.toMatchObject({ name: "OptionError" });
    expect(readFileSync(path("mine/report.html"), "utf8")).toBe("mine");
  }, 60_000);

  test("stopped by Ctrl-C saves and says where", async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const { code, err } = await run({ ...settings, folder: path("stopped") }, interrupt);
    expect(code).toBe(130);
    expect(err).toContain(`Saved in ${path("stopped/last.safetensors")}`);
    expect(readFileSync(path("stopped/report.html"), "utf8")).toContain("This training was stopped.");
  });
});

describe("the report", () => {
  const page = () => readFileSync(path("demo/report.html"), "utf8");

  test("asks nothing of the network, and has no scripts", () => {
    expect(page()).not.toMatch(/https?:|<script|@import|url\(/);
  });

  test("shows samples, losses, settings, files and the Program", () => {
    expect(page()).toMatch(/after 3 steps · validation \d\.\d{3}/);
    expect(page()).toContain("<td>hiddenSize</td><td>8</td>");
    expect(page()).toContain("<td>sequence.onnx</td>");
    expect(page()).toMatch(
      /one Program: [\d,]+ equations as it was traced, [\d,]+ after the passes, [\d,]+ of them in loops/,
    );
    expect(page()).toMatch(/<pre class="code">[^<]*scan/);
  });

  test("shows pictures with what a captioner says, and where it looks", () => {
    expect(page()).toContain("It captions pictures: Where the model looks");
    expect(page()).toContain("validation scene 1");
    expect(page()).toMatch(/data:image\/png;base64/);
  });

  test("holds texts as texts, whatever is in them", () => {
    expect(page()).toContain("<h1>Throughtime reads A &lt;rhyme&gt; &amp; more</h1>");
    expect(page()).not.toContain("A <rhyme>");
  });

  test("is drawn from the history: every step, and a sample where the model wrote", () => {
    const { steps, starts, end } = parseHistory(readFileSync(path("demo/history.jsonl"), "utf8"));
    expect(
      steps.map(({ step, loss, validation, sample }) => [
        step,
        loss > 0,
        validation !== undefined,
        sample !== undefined,
      ]),
    ).toEqual([
      [1, true, false, true],
      [2, true, false, false],
      [3, true, true, true],
      [4, true, false, false],
      [5, true, false, false],
      [6, true, true, true],
    ]);
    expect(starts[0]?.layers?.map(({ path: name }) => name)).toContain("embedding.E");
    expect(end).toMatchObject({ event: "end", reason: "steps", step: 6 });
    expect(readFileSync(path("demo/history.csv"), "utf8").trimEnd().split("\r\n").length).toBeGreaterThan(6);
  });
});
