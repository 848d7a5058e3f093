import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { preprocessing } from "@throughtime/vision";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { countView } from "../src/count-view.js";
import { nodeFiles } from "../src/files.js";
import { nodeHost } from "../src/host.js";

const folder = mkdtempSync(join(tmpdir(), "throughtime-host-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(() => vi.unstubAllEnvs());

const svg = (fill: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path fill="${fill}" d="M0 0H1V1H0"/></svg>`;
const rgb = preprocessing({ size: [1, 1], scale: 1 });

test("pictures are read from the disk, from npm packages and from standard input", async () => {
  writeFileSync(join(folder, "red.svg"), svg("red"));
  writeFileSync(join(folder, "no.png"), "no picture");
  const input = (async function* () {
    yield Buffer.from(svg("blue"));
  })();
  const sources = [
    { name: "red", path: join(folder, "red.svg") },
    { name: "no", path: join(folder, "no.png") },
    { name: "package", path: "npm:emojibase-data/package.json" },
    { name: "in", path: "-" },
  ];
  const seen: unknown[] = [];
  for await (const { source, array, error } of nodeHost(nodeFiles(input), undefined).images(sources, rgb)) {
    seen.push([source.name, array ? Array.from(array.data) : error?.message]);
  }
  expect(seen).toEqual([
    ["red", [255, 0, 0]],
    ["no", expect.stringMatching(/^readImage: no is not a picture: it is a text/)],
    ["package", expect.stringMatching(/^readImage: package is not a picture: it is a text that begins "\{/)],
    ["in", [0, 0, 255]],
  ]);
});

test("ONNX Runtime is its module", async () => {
  const { InferenceSession } = await nodeHost(nodeFiles(), undefined).onnx();
  expect(typeof InferenceSession.create).toBe("function");
});

test("rows are on the disk: in a folder that is named, or in the user's cache", async () => {
  const [host, key] = [nodeHost(nodeFiles(), undefined), "0".repeat(64)];
  const own = join(folder, "rows");
  const rows = await host.rows({ of: { model: "a" }, width: 2, folder: own });
  await rows.write(key, Float32Array.of(1, 2));
  await rows.close();
  const again = await nodeHost(nodeFiles(), undefined).rows({ of: { model: "a" }, width: 2, folder: own });
  expect(await again.read([key])).toEqual([Float32Array.of(1, 2)]);
  await again.close();
  vi.stubEnv("XDG_CACHE_HOME", folder);
  const cached = await host.rows({ of: { model: "a" }, width: 2 });
  if (process.platform === "linux") expect(cached.place.startsWith(join(folder, "throughtime", "features"))).toBe(true);
  await cached.close();
});

test("how far work is stands on a line now and then; on a terminal it changes in place", () => {
  let time = 0;
  const lines: string[] = [];
  const writer = { write: (line: string) => lines.push(line) };
  const view = countView(writer, () => time);
  for (let done = 0; done <= 8000; done += 250) {
    view.update({ what: "features", done, total: 8000, failed: done > 4000 ? 2 : 0 });
    time += 1000;
  }
  view.stop();
  expect(lines).toEqual([
    "features: 2,500 of 8,000 · 0:22 left\n",
    "features: 5,000 of 8,000 · 2 failed · 0:12 left\n",
    "features: 7,500 of 8,000 · 2 failed · 0:02 left\n",
  ]);
  const drawn: string[] = [];
  const screen = { write: (piece: string) => drawn.push(piece), columns: 20, rows: 5 };
  const bar = countView({ write: screen.write, screen }, () => time);
  bar.update({ what: "features", done: 1, total: 8000 });
  bar.stop();
  expect(drawn.join("")).toContain("features: 1 of 8,0…");
});

test("a training on texts loads nothing for pictures", () => {
  const listed = join(folder, "objects.json");
  const hook = `import { writeFileSync } from "node:fs";
process.on("exit", () => writeFileSync(${JSON.stringify(listed)}, JSON.stringify(process.report.getReport().sharedObjects)));`;
  const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
  writeFileSync(join(folder, "text.txt"), "a line of text\n".repeat(200));
  const args = ["train", "lm", "--data", "text.txt", "--hidden", "4", "--batch", "2", "--time", "8", "--dry-run"];
  const first = `data:text/javascript,${encodeURIComponent(hook)}`;
  execFileSync(process.execPath, ["--import", first, bin, ...args], { cwd: folder, stdio: "pipe" });
  const objects: readonly string[] = JSON.parse(readFileSync(listed, "utf8"));
  expect(objects.filter((path) => path.includes("onnxruntime"))).not.toEqual([]);
  expect(objects.filter((path) => /sharp|vips|resvg/.test(path))).toEqual([]);
});
