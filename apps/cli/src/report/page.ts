import { bitsFromNats } from "@throughtime/language-model";
import { perplexity } from "@throughtime/metrics";
import { bytes, count, duration, short } from "../format.js";
import { chartsOf } from "./charts.js";
import { cell, escapeHtml, rows, section } from "./html.js";
import { type RunRecord, type Sample, unitOf } from "./record.js";
import { STYLE } from "./style.js";

/** A training as one HTML page that stands alone: no server, no network. */
export function reportPage(record: RunRecord): string {
  const charts = chartsOf(record);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(record.title)}</title>
<style>${charts.style}${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(record.title)}</h1>
${summary(record)}
${section("How it learned", charts.loss + charts.rate)}
${section("What it wrote", samples(record))}
${section("Files", files(record))}
${section("Configuration", configuration(record))}
${section("The Program", program(record))}
</main>
${charts.script}
</body>
</html>
`;
}

function summary({ description, parameters, seconds, tokensPerSecond, validations, device }: RunRecord): string {
  const { model, data } = description;
  const unit = unitOf(description);
  const characters = data.characters / data.tokens;
  const last = validations.at(-1);
  const figures = [
    ...(last ? [[last.loss.toFixed(3), `nats per ${unit}`]] : []),
    ...(last ? [[bitsFromNats(last.loss / characters).toFixed(3), "bits per character"]] : []),
    ...(last ? [[perplexity(last.loss).toFixed(2), "perplexity"]] : []),
    [duration(seconds), "of training"],
    [short(tokensPerSecond), `${unit}s per second`],
    [short(parameters), "parameters"],
  ];
  const tiles = figures.map(
    ([figure, what]) => `<div><b>${escapeHtml(figure as string)}</b><span>${escapeHtml(what as string)}</span></div>`,
  );
  const text = `A ${model.cell.toUpperCase()} of ${model.hiddenSize} × ${model.layers} learned ${data.name} (${count(data.characters)} characters${unit === "character" ? "" : ` in ${count(data.tokens)} ${unit}s`}, ${model.vocabularySize} of them different) on ${device}. ${last ? "The first three figures are measured on text that it never learned from." : ""}`;
  return `<p>${escapeHtml(text)}</p>\n<div class="figures">${tiles.join("")}</div>`;
}

function samples({ samples: all, validations }: RunRecord): string {
  const measured = new Map(validations.map(({ step, loss }) => [step, loss]));
  const block = ({ step, text }: Sample) => {
    const loss = measured.get(step);
    return `<figure><figcaption>after ${count(step)} steps${loss === undefined ? "" : ` · validation ${loss.toFixed(3)}`}</figcaption><pre>${escapeHtml(text.trim())}</pre></figure>`;
  };
  return `<p>Drawn at temperature 0.8, after an empty line.</p>\n${all.map(block).join("\n")}`;
}

const files = ({ files: all }: RunRecord): string =>
  `<table>${rows(all.map(({ name, bytes: size, what }) => [cell(`<a href="${encodeURIComponent(name)}">${escapeHtml(name)}</a>`, "html"), cell(bytes(size), "number"), cell(what)]))}</table>`;

function configuration({ description, device, version, node }: RunRecord): string {
  const { model, training, data } = description;
  const groups = {
    model,
    training,
    text: { ...data, sha256: `${data.sha256.slice(0, 16)}…` },
    "where it ran": { device, node, throughtime: version },
  };
  const tables = Object.entries(groups).map(([name, values]) => {
    const set = Object.entries(values).filter(([, value]) => value !== null);
    const table = rows(set.map(([key, value]) => [cell(key), cell(String(value))]));
    return `<div><h3>${escapeHtml(name)}</h3><table>${table}</table></div>`;
  });
  return `<div class="columns">${tables.join("")}</div>`;
}

function program({ program: { passes, ops, traceMs, compileMs, peakBytes, text } }: RunRecord): string {
  const sum = (entries: readonly (readonly [string, number])[]) =>
    entries.reduce((total, [, times]) => total + times, 0);
  const all = Object.entries(ops);
  const inLoops = all.filter(([op]) => op.includes("/"));
  const passMs = passes.reduce((total, { ms }) => total + ms, 0);
  const told = [
    `A step of training (forward, backward through time, clipping, AdamW) is one Program: ${count(passes[0]?.before ?? 0)} equations as it was traced, ${count(sum(all))} after the passes, ${count(sum(inLoops))} of them in loops over time.`,
    `Tracing took ${count(traceMs)} ms, the passes ${count(passMs)} ms, compiling ${count(compileMs)} ms.`,
    ...(peakBytes === undefined ? [] : [`A step takes at most ${bytes(peakBytes)} of memory.`]),
  ];
  const ran = passes.map(({ name, before, after, ms }) => [
    cell(name),
    ...[count(before), count(after), ms.toFixed(1)].map((figure) => cell(figure, "number")),
  ]);
  const head = ["pass", "equations before", "after", "ms"].map((title) => cell(title, "head"));
  const left = all.map(([op, times]) => [cell(op), cell(String(times), "number")]);
  return `<p>${escapeHtml(told.join(" "))}</p>
<details><summary>The passes</summary><table>${rows([head, ...ran])}</table></details>
<details><summary>Its ops</summary><table>${rows(left)}</table></details>
<details><summary>All of it</summary><pre class="program">${escapeHtml(text)}</pre></details>`;
}
