import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { closure, pack, packInstalled, tarballName } from "../lib/pack.mjs";
import { openingFaults, openingOf } from "../lib/readme.mjs";
import { openRegistry } from "../lib/registry.mjs";

const opening = (install: string, ...imports: string[]) =>
  `# a\n\n\`\`\`sh\n${install}\n\`\`\`\n\n\`\`\`ts\n${imports.map((name) => `import "${name}";`).join("\n")}\n\`\`\`\n`;

/** What is installed for a package to load, and not to import. */
const PEERS = ["onnxruntime-node"];

describe("how a README opens", () => {
  test("is with npm install, and an example that imports just what was installed", () => {
    const sound = opening("npm install @throughtime/cells onnxruntime-node", "@throughtime/cells", "node:fs");
    expect(openingFaults("a.md", sound, PEERS)).toEqual([]);
    expect(openingOf(sound)?.install).toEqual(["@throughtime/cells", "onnxruntime-node"]);
    expect(openingFaults("a.md", opening("npm install --save-dev a", "a"), PEERS)).toEqual([]);
  });

  test("is a fault where the line lacks an import, has one too many, comes late or is not there", () => {
    expect(openingFaults("a.md", opening("npm install a", "a", "b/sub"), PEERS)).toEqual([
      "a.md: the first example imports b, which npm install does not name",
    ]);
    expect(openingFaults("a.md", opening("npm install a b", "a"), PEERS)).toEqual([
      "a.md: npm install names b, which the first example does not import",
    ]);
    const late = '```ts\nimport "a";\n```\n\n```sh\nnpm install a\n```\n';
    for (const page of [late, '```ts\nimport "a";\n```\n', "```sh\nnpm install a\n```\n", "# a\n"])
      expect(openingFaults("a.md", page, PEERS)).toEqual([
        "a.md: open with an sh block, npm install …, and then a ts block that runs",
      ]);
  });
});

describe("a registry of tarballs", () => {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-registry-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("has packages as npm would publish them, with what they depend on, and no others", async () => {
    const { ours, others } = closure(["@throughtime/onnx"]);
    expect(ours.map((member) => member.folder).sort()).toEqual(["core", "onnx"]);
    expect(others).toHaveLength(1);
    expect(await pack(ours, folder)).toBeUndefined();
    for (const other of others) expect(await packInstalled(other, folder)).toBeUndefined();
    const { url, close } = await openRegistry(folder);
    try {
      const found = (await (await fetch(`${url}@throughtime%2fonnx`)).json()) as {
        "dist-tags": { latest: string };
        versions: Record<string, { dependencies: object; dist: { tarball: string } }>;
      };
      const version = found.versions[found["dist-tags"].latest] as NonNullable<(typeof found.versions)[string]>;
      expect(version.dependencies).toMatchObject({ "@bufbuild/protobuf": expect.any(String) });
      expect(JSON.stringify(version)).not.toContain("workspace:");
      expect(version.dist.tarball).toBe(
        `${url}${tarballName({ name: "@throughtime/onnx", version: found["dist-tags"].latest })}`,
      );
      expect((await fetch(version.dist.tarball)).status).toBe(200);
      expect((await fetch(`${url}@bufbuild%2fprotobuf`)).status).toBe(200);
      expect((await fetch(`${url}left-pad`)).status).toBe(404);
    } finally {
      close();
    }
  });
});
