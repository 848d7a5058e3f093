import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Script } from "node:vm";
import { afterAll, describe, expect, test } from "vitest";
import { demo } from "../src/demo/run.js";
import { DEMO, type DemoSettings } from "../src/demo/settings.js";
import { RHYME, scratch } from "./support/shell.js";

const { path, dispose } = scratch();
afterAll(dispose);

const settings: DemoSettings = {
  ...DEMO,
  data: { name: "A <rhyme> & more", pieces: [`${RHYME}<script>`] },
  folder: path("demo"),
  model: { ...DEMO.model, hiddenSize: 8, embeddingSize: 8 },
  training: { ...DEMO.training, length: { steps: 6 }, batch: 2, time: 16, validateEvery: { steps: 3 } },
  sampleAt: [1],
};

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
    expect(err.match(/After \d+ steps.*, it writes:/g)?.length).toBe(3);
    expect(out).toMatch(/Trained in .*\nExported as sequence\.onnx .* agree .*\nThe report: file:.*report\.html/);
    expect(readdirSync(path("demo")).sort()).toEqual([
      ".throughtime",
      "best.safetensors",
      "last.safetensors",
      "report.html",
      "sequence.onnx",
      "step.onnx",
    ]);
  });

  test("can be run again in its folder, and nowhere else", async () => {
    expect((await run()).code).toBe(0);
    mkdirSync(path("mine"));
    writeFileSync(path("mine/report.html"), "mine");
    await expect(run({ ...settings, folder: path("mine") })).rejects.toMatchObject({ name: "OptionError" });
    expect(readFileSync(path("mine/report.html"), "utf8")).toBe("mine");
  });

  test("stopped by Ctrl-C saves and says where", async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const { code, err } = await run({ ...settings, folder: path("stopped") }, interrupt);
    expect(code).toBe(130);
    expect(err).toContain(`Saved in ${path("stopped/last.safetensors")}`);
    expect(existsSync(path("stopped/report.html"))).toBe(false);
  });
});

describe("the report", () => {
  const page = () => readFileSync(path("demo/report.html"), "utf8");
  const scripts = () => [...page().matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, code]) => code as string);

  test("asks nothing of the network, and links only to the files beside it", () => {
    const outside = page().replaceAll(/<script>[\s\S]*?<\/script>/g, "");
    expect(outside).not.toMatch(/https?:|\bsrc=|@import|url\(/);
    for (const [, href] of outside.matchAll(/href="([^"]*)"/g)) expect(readdirSync(path("demo"))).toContain(href);
  });

  test("shows samples, losses, settings and the Program", () => {
    expect(page()).toMatch(/after 3 steps · validation \d\.\d{3}/);
    expect(page()).toContain("<td>hiddenSize</td><td>8</td>");
    expect(page()).toMatch(
      /one Program: [\d,]+ equations as it was traced, [\d,]+ after the passes, [\d,]+ of them in loops/,
    );
    expect(page()).toContain("scan/");
  });

  test("holds texts as texts, whatever is in them", () => {
    expect(page()).toContain("<h1>Throughtime reads A &lt;rhyme&gt; &amp; more</h1>");
    expect(page()).not.toContain("A <rhyme>");
  });

  test("has the curve's numbers in a script that runs", () => {
    const [library, drawing] = scripts() as [string, string];
    const places = new Map<string, number[][]>();
    const document = { getElementById: (id: string) => ({ id, clientWidth: 800 }) };
    class UPlot {
      constructor(_: unknown, data: number[][], place: { id: string }) {
        places.set(place.id, data);
      }
    }
    new Script(library);
    new Script(drawing).runInNewContext({ document, uPlot: UPlot, addEventListener() {} });
    const [steps, losses, , validations] = places.get("loss") as (number | null)[][];
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
    expect(losses?.every((loss) => (loss as number) > 0)).toBe(true);
    expect(validations?.map((loss) => loss !== null)).toEqual([false, false, true, false, false, true]);
  });
});
