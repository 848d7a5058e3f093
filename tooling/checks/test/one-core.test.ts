import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exec } from "../lib/exec.mjs";
import { closure, pack, packInstalled } from "../lib/pack.mjs";
import { openRegistry } from "../lib/registry.mjs";
import { members } from "../lib/workspace.mjs";

const CORE = "@throughtime/core";
const folder = mkdtempSync(join(tmpdir(), "throughtime-one-core-"));
const tarballs = join(folder, "tarballs");
let registry: Awaited<ReturnType<typeof openRegistry>>;

/** A package of another release: nothing but its manifest counts. */
async function release(name: string, version: string, peerDependencies: object): Promise<void> {
  const place = join(folder, name.replace("/", "-"));
  mkdirSync(place);
  writeFileSync(join(place, "package.json"), JSON.stringify({ name, version, peerDependencies }));
  const { status, output } = await exec("npm", ["pack", "--pack-destination", tarballs], { cwd: place });
  expect(status, output).toBe(0);
}

async function npmInstall(...names: string[]) {
  const project = mkdtempSync(join(folder, "project-"));
  writeFileSync(join(project, "package.json"), '{ "private": true }\n');
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier"];
  const where = ["--registry", registry.url, "--cache", join(project, ".npm")];
  return { project, ...(await exec("npm", ["install", ...names, ...quiet, ...where], { cwd: project })) };
}

/** The versions of core in a project, wherever they lie. */
const coresIn = (project: string): string[] =>
  readdirSync(join(project, "node_modules"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(join(CORE, "package.json")))
    .map(
      (path) => (JSON.parse(readFileSync(join(project, "node_modules", path), "utf8")) as { version: string }).version,
    );

beforeAll(async () => {
  mkdirSync(tarballs);
  const { ours, others } = closure(["@throughtime/train", "@throughtime/cells", "@throughtime/backend-cpu"]);
  expect(await pack(ours, tarballs)).toBeUndefined();
  for (const each of others) expect(await packInstalled(each, tarballs)).toBeUndefined();
  await release(CORE, "7.0.0", {});
  await release("@throughtime/decode", "7.0.0", { [CORE]: "^7.0.0" });
  registry = await openRegistry(tarballs);
}, 120_000);

afterAll(() => {
  registry?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("every package names core as a peer, and none as a dependency of its own", () => {
  for (const { folder: name, manifest } of members("packages")) {
    if (name === "core") continue;
    expect([name, manifest.dependencies?.[CORE], manifest.peerDependencies?.[CORE]]).toEqual([
      name,
      undefined,
      "workspace:^",
    ]);
  }
});

test("npm installs core with what needs it, and one for all", { timeout: 60_000 }, async () => {
  const { project, status, output } = await npmInstall(
    "@throughtime/train",
    "@throughtime/cells",
    "@throughtime/backend-cpu",
  );
  expect(status, output).toBe(0);
  expect(coresIn(project)).toHaveLength(1);
});

test("npm refuses packages of two releases, naming core, and takes each alone", { timeout: 60_000 }, async () => {
  const { status, output } = await npmInstall("@throughtime/cells", "@throughtime/decode@7.0.0");
  expect(status).not.toBe(0);
  expect(output).toContain("ERESOLVE");
  expect(output).toContain(CORE);
  const alone = await npmInstall("@throughtime/decode@7.0.0");
  expect(alone.status, alone.output).toBe(0);
  expect(coresIn(alone.project)).toEqual(["7.0.0"]);
});
