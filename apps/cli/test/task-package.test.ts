import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { taskGuide, writeTaskGuide } from "../../../tooling/checks/lib/guide.mjs";
import { importsOf, packageOf } from "../../../tooling/checks/lib/imports.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const { code, manifest, commands } = taskGuide();

// A folder of somebody else's, in which the packages are installed: as links to those of this workspace.
const folder = mkdtempSync(join(tmpdir(), "throughtime-stranger-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const scope = join(folder, "node_modules", "@throughtime");
  mkdirSync(scope, { recursive: true });
  for (const name of readdirSync(`${root}/packages`))
    symlinkSync(`${root}/packages/${name}`, join(scope, name), "junction");
  await writeTaskGuide(folder);
  writeFileSync(join(folder, "empty.mjs"), "export const classifyTask = { name: 'classify' };\n");
  writeFileSync(
    join(folder, "half.mjs"),
    "export const task = { name: 'half', kind: 'half', read() {}, train: {}, evaluate: { run() {} }, uses: [] };\n",
  );
  writeFileSync(join(folder, "broken.mjs"), "throw new Error('it has a fault');\n");
  const command = join(folder, "bin", "throughtime");
  mkdirSync(join(folder, "bin"));
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${root}/apps/cli/dist/bin.js" "$@"\n`);
  chmodSync(command, 0o755);
});

/** Runs a line of a shell in the folder. */
function shell(line: string) {
  const env = { ...process.env, PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], { cwd: folder, env, encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

const throughtime = (line: string) => shell(`throughtime --task-package throughtime-classify ${line}`);

describe.skipIf(process.platform === "win32")("a task of somebody else's package", { timeout: 120_000 }, () => {
  test("is a package whose dependencies are what it imports", () => {
    const imported = new Set(importsOf(code).flatMap(({ specifier }) => packageOf(specifier) ?? []));
    const named = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
    expect(named.sort()).toEqual([...imported].sort());
  });

  test("is trained, measured and used by the commands of the guide, as they stand there", () => {
    const [train, measure, use] = commands as [string, string, string];
    const trained = shell(train);
    expect(trained.err).toMatch(/^lines\.tsv: \d+ of 512 texts to train on, labels de, en\n[\d,]+ parameters, on /);
    expect(trained).toMatchObject({ code: 0, out: expect.stringContaining("Saved in out/lines") });
    expect(shell(measure).out).toMatch(/^(9\d\.\d|100\.0) % of \d\d texts, \d\.\d{4} nats\n$/);
    expect(shell(use).out).toMatch(/^de\t0\.\d{3}\tder Hund schläft\n$/);
  });

  test("has what all tasks have: help, a recipe, a history, resuming, inspect, pack, JSON", () => {
    expect(throughtime("train --help").out).toMatch(/classify \[options\] +a classifier of short texts/);
    const help = throughtime("train classify --help").out;
    expect(help).toMatch(/Input and output:\n +--data <file> +a file with label, tab, text on each line/);
    expect(help).toMatch(/--learning-rate <x> +the peak learning rate \(default: 0\.005\)/);
    const files = readdirSync(join(folder, "out/lines"));
    expect(files).toEqual(
      expect.arrayContaining(["best.safetensors", "history.jsonl", "last.safetensors", "recipe.json"]),
    );

    const longer = throughtime("train classify --data lines.tsv --out out/lines --resume --epochs 6");
    expect(longer.err).toMatch(/goes on after step \d+/);
    expect(longer.code).toBe(0);
    const others = throughtime("train classify --data others.tsv --out out/lines --resume");
    expect(others).toMatchObject({ code: 1, err: expect.stringContaining("cannot read others.tsv") });
    writeFileSync(join(folder, "others.tsv"), "en\tthe woman sleeps\nde\tmein Bruder findet das\n");
    const learned = throughtime("train classify --data others.tsv --out out/lines --resume");
    expect(learned.err).toContain("resume: this training learned other texts than those of others.tsv.");

    const shown = throughtime("inspect out/lines").out;
    expect(shown).toMatch(/task +text-classifier/);
    expect(shown).toMatch(/loader +loadClassifier of throughtime-classify/);
    expect(throughtime("pack out/lines --out lines.safetensors").code).toBe(0);
    const path = "./node_modules/throughtime-classify/classify.js";
    const said = shell(`throughtime --task-package ${path} classify lines.safetensors others.tsv --json`);
    expect(
      said.out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { text: "en\tthe woman sleeps", labels: [{ label: "en" }, { label: "de" }] },
      { text: "de\tmein Bruder findet das", labels: [{ label: "de" }, { label: "en" }] },
    ]);
  });

  test("says what it has not, and what is another task's", () => {
    const exported = throughtime("export out/lines");
    expect(exported).toMatchObject({ code: 2, out: "" });
    expect(exported.err).toBe(
      "throughtime: out/lines/best.safetensors is a text classifier, of which there is no export.\n",
    );
    expect(throughtime("sample out/lines").err).toContain(
      "it is a text classifier; sample is for a language model. Try: throughtime classify out/lines.",
    );
    expect(shell("throughtime eval out/lines --data lines.tsv").err).toMatch(
      /it is a model of the task "text-classifier", .*--task-package.* loadClassifier of throughtime-classify opens it\.\n$/,
    );
  });

  test("that cannot be loaded, or is none, is an error that says so", () => {
    const failing = (name: string) => shell(`throughtime --task-package ${name} train classify`);
    expect(failing("throughtime-none").err).toContain("--task-package throughtime-none: it cannot be loaded");
    expect(failing("./broken.mjs").err).toContain("--task-package ./broken.mjs: it cannot be loaded: it has a fault");
    expect(failing("./empty.mjs").err).toContain("--task-package ./empty.mjs: it exports no task");
    expect(failing("./half.mjs").err).toContain("--task-package ./half.mjs: it exports no task");
    const changed = (from: string, to: string) => {
      expect(code).toContain(from);
      const script = readFileSync(join(folder, "node_modules/throughtime-classify/classify.js"), "utf8");
      writeFileSync(join(folder, "changed.mjs"), script.replace(from, to));
      return failing("./changed.mjs").err;
    };
    expect(changed('name: "classify",\n  summary', 'name: "sample",\n  summary')).toBe(
      'throughtime: --task-package: there is a command "sample" already. A task\'s uses have other names.\n',
    );
    expect(changed("hidden: { type", 'out: { type: "string", description: "" }, hidden: { type')).toContain(
      'the task "classify" has --out, which every task has as an option of a training. Give it another name.',
    );
    expect(
      changed("const DATA = options({", 'const DATA = options({ part: { type: "integer", description: "" },'),
    ).toContain('the task "classify" has --part of eval, which is another one of the task "lm". Give it another name.');
    const twice = throughtime("--task-package throughtime-classify train classify");
    expect(twice.err).toContain('there is a task "classify" already');
    expect([failing("./empty.mjs").code, twice.code]).toEqual([2, 2]);
  });
});
