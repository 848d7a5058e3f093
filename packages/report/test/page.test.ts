import { type Run, rateSection, reportPage, type Section, sectionsPage } from "@throughtime/report";
import { describe, expect, test } from "vitest";
import { end, historyOf, start, step, stepsTo } from "./support/runs.js";

const settings = {
  device: "cpu",
  parameters: 32,
  unit: "words",
  layers: [
    { path: "cell.W", shape: [3, 8], dtype: "f32", count: 24 },
    { path: "cell.b", shape: [8], dtype: "f32", count: 8 },
  ],
  model: { cell: "gru", hiddenSize: 8, every: { steps: 5 } },
  steps: 40,
  training: { batch: 2, learningRate: 0.01, seed: null },
};
const run: Run = {
  name: "out/one",
  history: historyOf(start(0, settings), ...stepsTo(40, 1, { sample: "The <b>whale</b> & I" }), end(40)),
};
const other: Run = {
  name: "out/two",
  history: historyOf(
    start(0, { ...settings, model: { ...settings.model, cell: "lstm" } }),
    ...stepsTo(20, 1, {
      scores: { bleu: 31.25 },
      examples: [
        { input: "ein hund", output: "a cat", expected: "a dog" },
        { input: "zwei", output: "two", expected: "two" },
      ],
    }),
  ),
};

describe("the page of one training", () => {
  const page = reportPage([run]);

  test("asks nothing of the network and has no scripts", () => {
    expect(page).not.toMatch(/https?:|<script|@import|url\(|\bon\w+=/);
  });

  test("shows curves, samples, epochs, layers and settings", () => {
    for (const title of ["How it learned", "What it wrote", "Epoch by epoch", "Layers", "Configuration"])
      expect(page).toContain(`<h2>${title}</h2>`);
    expect(page).toContain("<figcaption>Loss, nats per word</figcaption>");
    expect(page).toContain("<figcaption>Learning rate</figcaption>");
    expect(page).toContain("<figcaption>Gradient norm before clipping</figcaption>");
    expect(page).toContain("after 30 steps · validation 0.133");
    expect(page).toContain('<tr><td class="number">4</td><td class="number">10</td>');
    expect(page).toContain('<td>cell.W</td><td>3 × 8</td><td>f32</td><td class="number">24</td><td>75.0 %</td>');
    expect(page).toContain('<td class="number">32</td><td>128 B</td>');
    expect(page).toContain("<td>every.steps</td><td>5</td>");
    expect(page).toContain("This training made all its steps.");
    expect(page).not.toContain("seed");
  });

  test("holds texts as texts", () => {
    expect(page).toContain("<pre>The &lt;b&gt;whale&lt;/b&gt; &amp; I</pre>");
    const hostile = '</style><script>alert("1")</script>\u202e\u0007';
    const all: Run = {
      name: hostile,
      history: historyOf(
        start(0, {
          unit: hostile,
          model: { [hostile]: hostile },
          layers: [{ path: hostile, shape: [1], dtype: hostile, count: 1 }],
        }),
        ...stepsTo(20, 1, {
          sample: hostile,
          scores: { [hostile]: 1 },
          examples: [{ input: hostile, output: hostile, expected: "x" }],
          sections: [
            {
              kind: "svg",
              title: hostile,
              text: hostile,
              pictures: [{ svg: `<svg onload="${hostile}">`, caption: hostile }],
            },
          ],
        }),
        { event: "end", step: 20, reason: hostile },
      ),
    };
    const written = reportPage([all], { introduction: hostile }) + reportPage([all, run]);
    expect(written).not.toMatch(/<script|<svg onload|\u202e/);
    expect(written).not.toContain("\u0007");
    expect(written.match(/<\/style>/g)).toHaveLength(2);
    expect(written).toContain("\\u202e\\u0007");
  });

  test("draws scores that change, and not how many sentences were scored", () => {
    const scored = [10, 20, 30].map((at) => step(at, { scores: { bleu: at, sentences: 200 } }));
    const html = reportPage([{ name: "x", history: historyOf(start(), ...scored) }]);
    expect(html).toContain("<figcaption>bleu</figcaption>");
    expect(html).not.toContain("<figcaption>sentences</figcaption>");
  });

  test("of one that runs, or was killed, says so", () => {
    expect(reportPage([{ name: "x", history: historyOf(start(0, settings), ...stepsTo(3)) }])).toMatch(
      /has not ended, or was killed\.[\s\S]*<b>3<\/b><span>steps of 40</,
    );
    expect(reportPage([{ name: "x", history: historyOf(start()) }])).toContain("<b>0</b><span>steps</span>");
    expect(reportPage([{ name: "x", history: { ...run.history, cut: true } }])).toContain("cut in the middle");
  });

  test("loads itself again where it is told to", () => {
    expect(reportPage([run], { refresh: 29.5 })).toContain('<meta http-equiv="refresh" content="30">');
    expect(page).not.toContain('http-equiv="refresh"');
  });

  test("shows at most a dozen samples, the first and the last among them", () => {
    const many = historyOf(start(), ...stepsTo(1000, 1, { sample: "hello" }));
    const captions = reportPage([{ name: "x", history: many }]).match(/after [\d,]+ steps/g);
    expect(captions).toHaveLength(12);
    expect([captions?.[0], captions?.at(-1)]).toEqual(["after 10 steps", "after 1,000 steps"]);
  });

  test("stays small however long the training is", () => {
    const long = historyOf(start(), ...stepsTo(30_000));
    expect(reportPage([{ name: "x", history: long }]).length).toBeLessThan(400_000);
  });
});

describe("the page of several trainings", () => {
  const page = reportPage([run, other]);

  test("has their curves in one chart with a legend, their results, and settings that differ", () => {
    const [chart] = page.match(/<figure class="chart"><figcaption>Training loss[\s\S]*?<\/figure>/) ?? [];
    expect(chart?.match(/class="curve line"/g)).toHaveLength(4); // two runs, wide and narrow
    expect(chart).toMatch(/<ul class="legend"><li>.*out\/one<\/li><li>.*out\/two<\/li><\/ul>/);
    expect(page).toContain("<td>model.cell</td><td>gru</td><td>lstm</td>");
    expect(page).not.toContain("<td>model.hiddenSize</td>");
    expect(page).toMatch(/<td>out\/one<\/td><td class="number">0\.1<\/td><td class="number">40<\/td>/);
    expect(page).toContain('<td class="number">31.25</td>');
  });

  test("shows what was right where a model was not", () => {
    expect(page).toContain('<span class="output">a cat</span> <span class="soft">(right: <q>a dog</q>)</span>');
    expect(page).toContain('<li class="right"><span>zwei</span>');
  });

  test("says it where no settings differ", () => {
    expect(reportPage([run, run])).toContain("None: 9 settings are the same in all runs.");
  });

  test("draws a dozen runs, and of none there is no page", () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ ...run, name: `run ${i}` }));
    expect(reportPage(many)).toContain('stroke-dasharray="6 3"');
    expect(() => reportPage([])).toThrow(/there are no runs/);
  });
});

describe("sections", () => {
  const sections: readonly Section[] = [
    { kind: "text", title: "Words", text: "One.\n\nTwo & three." },
    {
      kind: "table",
      title: "Numbers",
      columns: ["name", "value"],
      rows: [
        ["a", 1234.5],
        ["b", null],
      ],
    },
    { kind: "examples", title: "Tries", examples: [{ input: "1 + 1", output: "2" }] },
    {
      kind: "chart",
      title: "Rates",
      charts: [
        {
          title: "loss",
          x: { label: "rate", scale: "log" },
          y: { label: "" },
          series: [
            {
              label: "loss",
              points: [
                [1e-6, 3],
                [1e-3, 1],
                [0, 9],
              ],
            },
          ],
          marks: [{ x: 1e-4, label: "steepest" }],
        },
      ],
    },
    {
      kind: "svg",
      title: "Attention",
      pictures: [{ svg: '<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>', caption: "where it looked" }],
    },
  ];

  test("are drawn by their kinds", () => {
    const page = reportPage([{ ...run, sections }]);
    expect(page).toContain("<p>One.</p>\n<p>Two &amp; three.</p>");
    expect(page).toContain('<td>a</td><td class="number">1,234.5</td>');
    expect(page).toContain('<li><span>1 + 1</span> <span class="soft">→</span> <span class="output">2</span></li>');
    expect(page).toMatch(/<h2>Rates<\/h2>[\s\S]*steepest/);
    expect(page).toContain('src="data:image/svg+xml,%3Csvg');
  });

  test("that steps of a history have are shown, the last ones", () => {
    const history = historyOf(
      start(),
      ...stepsTo(10, 1, { sections: sections.slice(0, 1) }),
      ...stepsTo(20, 11, { sections: sections.slice(1) }),
    );
    const page = reportPage([{ name: "x", history }]);
    expect(page).not.toContain("<h2>Words</h2>");
    expect(page).toContain("<h2>Attention</h2>");
  });
});

describe("a learning-rate range test", () => {
  const points = Array.from({ length: 50 }, (_, i) => {
    const loss = i < 40 ? 3 - i / 20 : 1 + (i - 39) ** 2;
    return { learningRate: 10 ** (-6 + i / 8), loss: i === 49 ? 1e9 : loss, smoothed: i === 49 ? 1e8 : loss };
  });

  test("is a curve over the rate's logarithm with what it suggests, on a page of its own", () => {
    const page = sectionsPage([rateSection({ points, steepest: 2.3456e-3, tenthOfLowest: 1e-2 })], { title: "Rates" });
    expect(page).toContain("<h1>Rates</h1>");
    expect(page).toContain("steepest 0.0023</text>");
    expect(page).toContain("a tenth of the lowest 0.01</text>");
    for (const tick of ["1e-6", "1e-5", "1e-3"]) expect(page).toContain(`>${tick}</text>`);
  });

  test("is not flattened by the loss at its end", () => {
    const [chart] = rateSection({ points }).charts;
    const ys = chart?.series.flatMap((series) => series.points.map(([, y]) => y)).filter(Number.isFinite);
    expect(Math.max(...(ys as number[]))).toBeLessThan(200);
  });

  test("says it where nothing is to be suggested", () => {
    expect(rateSection({ points: [] }).text).toContain("never falls");
    expect(sectionsPage([rateSection({ points: [] })], { title: "x" })).not.toContain("NaN");
  });
});
