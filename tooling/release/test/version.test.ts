import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rootPath } from "../../checks/lib/workspace.mjs";
import { version } from "../version.mjs";

const folder = mkdtempSync(join(tmpdir(), "throughtime-release-"));
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: folder, stdio: "pipe" });

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
}

const manifests = (group: string): Manifest[] =>
  readdirSync(join(folder, group)).map((name) =>
    JSON.parse(readFileSync(join(folder, group, name, "package.json"), "utf8")),
  );

/** A file as it is but for its version. */
const unversioned = (root: string, name: string): string =>
  readFileSync(join(root, "packages", name, "package.json"), "utf8").replace(/"version": ".*?"/, "");

/** A changeset, and what `npm run version` makes of it: the versions of what is published. */
async function release(text: string): Promise<string[]> {
  writeFileSync(join(folder, ".changeset/change.md"), text);
  git("add", "-A");
  git("commit", "-qm", "change");
  expect(await version(folder)).toBe(0);
  return [...manifests("packages"), ...manifests("apps")].filter((m) => !m.private).map((m) => m.version);
}

beforeAll(() => {
  for (const file of ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", ".changeset"])
    cpSync(join(rootPath, file), join(folder, file), { recursive: true });
  for (const group of ["packages", "apps"]) {
    for (const name of readdirSync(join(rootPath, group))) {
      mkdirSync(join(folder, group, name), { recursive: true });
      cpSync(join(rootPath, group, name, "package.json"), join(folder, group, name, "package.json"));
    }
  }
  mkdirSync(join(folder, "packages/core/src"));
  cpSync(join(rootPath, "packages/core/src/version.ts"), join(folder, "packages/core/src/version.ts"));
  mkdirSync(join(folder, "node_modules"));
  git("init", "-q");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("all packages get one version, below 1.0.0 too, and core stays their peer", { timeout: 60_000 }, async () => {
  const first = await release('---\n"@throughtime/core": minor\n---\n\nA change.\n');
  expect(new Set(first).size).toBe(1);
  const [released] = first as [string];
  const [major, minor] = released.split(".").map(Number) as [number, number];
  const second = await release('---\n"@throughtime/nn": minor\n---\n\nAnother.\n');
  expect(new Set(second)).toEqual(new Set([`${major}.${minor + 1}.0`]));
  const third = await release('---\n"@throughtime/core": patch\n---\n\nA third.\n');
  expect(new Set(third)).toEqual(new Set([`${major}.${minor + 1}.1`]));
  expect(readFileSync(join(folder, "packages/core/src/version.ts"), "utf8")).toContain(`VERSION = "${third[0]}"`);
  const changelog = readFileSync(join(folder, "packages/core/CHANGELOG.md"), "utf8");
  for (const said of [`## ${released}`, "A change.", `## ${third[0]}`, "A third."]) expect(changelog).toContain(said);
  for (const name of readdirSync(join(folder, "packages")))
    expect(unversioned(folder, name)).toBe(unversioned(rootPath, name));
});
