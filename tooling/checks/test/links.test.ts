import { expect, test } from "vitest";
import { linksOf } from "../lib/links.mjs";
import { linkFaults, missingPackages, targetOf } from "../links.mjs";
import { manifestFaults } from "../manifests.mjs";

const repository = "https://github.com/owner/name";

test("links of text, tables, pictures and HTML are found, those in code are not; headings give GitHub's anchors", () => {
  const page = [
    '# A `cell`, and more\n\n[a](a.md) ![b](b.svg) <img src="c.png">\n\n| x |\n|---|\n| [d](d) |\n',
    "```md\n[e](e.md)\n```\n\n`[f](f.md)`\n\n## Same\n\n## Same\n",
  ].join("\n");
  const { links, anchors } = linksOf(page);
  expect(links.sort()).toEqual(["a.md", "b.svg", "c.png", "d"]);
  expect([...anchors]).toEqual(["a-cell-and-more", "same", "same-1"]);
});

test("a link is resolved from its page, and the repository's own address is a path in it", () => {
  expect(targetOf("packages/a/README.md", "../b#c", repository)).toEqual({ path: "packages/b", anchor: "c" });
  expect(targetOf("docs/a.md", "#c", repository)).toEqual({ path: "docs/a.md", anchor: "c" });
  expect(targetOf("a.md", `${repository}/tree/main/packages/b#c`, repository)).toEqual({
    path: "packages/b",
    anchor: "c",
  });
  expect(targetOf("a.md", "https://github.com/other/name/blob/main/a", repository)).toBeUndefined();
  expect(targetOf("a.md", "mailto:a@b", repository)).toBeUndefined();
});

test("a link to what is not there is a fault, and where npm shows the page a relative one is", () => {
  const anchorsOf = (path: string) => (path === "packages/b" ? new Set(["c"]) : undefined);
  const faults = (href: string, absolute: boolean) =>
    linkFaults("packages/a/README.md", { markdown: `[x](${href})`, repository, absolute, anchorsOf });
  expect(faults("../b#c", false)).toEqual([]);
  expect(faults(`${repository}/tree/main/packages/b#c`, true)).toEqual([]);
  expect(faults("../b#c", true)[0]).toContain("which npm cannot follow");
  expect(faults("../b#d", false)[0]).toContain("a heading that is not there");
  expect(faults(`${repository}/blob/main/packages/d`, true)[0]).toContain("there is no packages/d");
});

test("an index names every package, by its folder or its README", () => {
  const markdown = `[a](packages/a) [b](${repository}/blob/main/packages/b/README.md)`;
  const folders = ["packages/a", "packages/b", "packages/c"];
  expect(missingPackages("README.md", { markdown, repository, folders })).toEqual(["README.md: link to packages/c"]);
});

test("a manifest without an entry, or with another package's, is told what it shall say", () => {
  const root = {
    license: "MIT",
    homepage: `${repository}#readme`,
    bugs: `${repository}/issues`,
    repository: { type: "git", url: `git+${repository}.git` },
  };
  const sound = {
    ...root,
    description: "a",
    keywords: ["a", "b", "c"],
    files: ["CHANGELOG.md"],
    homepage: `${repository}/tree/main/packages/a#readme`,
    repository: { ...root.repository, directory: "packages/a" },
  };
  expect(manifestFaults("packages/a", sound, root)).toEqual([]);
  const faults = manifestFaults("packages/b", { ...sound, description: "", keywords: [], files: [] }, root);
  expect(faults.map((fault) => fault.split(" ")[1])).toEqual(["homepage", "repository", "say", "files", "name"]);
  expect(manifestFaults("packages/a", {}, root)).toHaveLength(7);
});
