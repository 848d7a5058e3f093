// Links in READMEs, docs and llms.txt lead somewhere: to a file that is there, and to a heading that it has. What npm shows, a published
// package's README, names the repository in full, since a relative link has nothing to be relative to there. README.md and
// llms.txt link to every package.

import { existsSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import { linksOf } from "./lib/links.mjs";
import { published } from "./lib/pack.mjs";
import { filesUnder, members, rootPath } from "./lib/workspace.mjs";

/**
 * What a link names in this repository, or undefined where it names something else.
 * @param {string} page the page that it stands in, as a path in the repository
 * @param {string} href
 * @param {string} repository such as `https://github.com/owner/name`
 * @returns {{ path: string, anchor: string } | undefined}
 */
export function targetOf(page, href, repository) {
  const [address = "", anchor = ""] = href.split("#");
  if (address === "") return { path: page, anchor };
  const inside = new RegExp(`^${repository.replaceAll(".", "\\.")}/(?:blob|tree|raw)/main/(.*)$`).exec(address);
  if (inside) return { path: posix.normalize(inside[1] ?? ""), anchor };
  if (/^[a-z]+:/.test(address)) return undefined;
  return { path: posix.normalize(posix.join(posix.dirname(page), address)), anchor };
}

/**
 * What is wrong with the links of one page, a line each.
 * @param {string} page as a path in the repository
 * @param {{ markdown: string, repository: string, absolute: boolean, anchorsOf: (path: string) => ReadonlySet<string> | undefined }} options
 * absolute: whether the page is read where relative links lead nowhere; anchorsOf: of a file or folder, undefined where there is none
 * @returns {string[]}
 */
export function linkFaults(page, { markdown, repository, absolute, anchorsOf }) {
  return linksOf(markdown).links.flatMap((href) => {
    const target = targetOf(page, href, repository);
    if (target === undefined) return [];
    const anchors = anchorsOf(target.path);
    if (anchors === undefined) return [`${page}: links to ${href}, and there is no ${target.path}`];
    if (target.anchor && !anchors.has(target.anchor)) return [`${page}: links to ${href}, a heading that is not there`];
    if (absolute && !/^([a-z]+:|#)/.test(href))
      return [`${page}: links to ${href}, which npm cannot follow; say ${repository}/blob/main/${target.path}`];
    return [];
  });
}

/**
 * The packages that an index of all packages does not link to, a line each.
 * @param {string} page
 * @param {{ markdown: string, repository: string, folders: readonly string[] }} options folders: paths such as `packages/core`
 * @returns {string[]}
 */
export function missingPackages(page, { markdown, repository, folders }) {
  const linked = linksOf(markdown).links.map((href) =>
    targetOf(page, href, repository)?.path.replace(/\/README\.md$/, ""),
  );
  return folders.filter((folder) => !linked.includes(folder)).map((folder) => `${page}: link to ${folder}`);
}

/**
 * The anchors of what stands at a path: of a folder, those of its README.
 * @param {string} path
 * @returns {ReadonlySet<string> | undefined}
 */
function anchorsAt(path) {
  const at = `${rootPath}${path}`;
  if (!existsSync(at)) return undefined;
  const file = statSync(at).isDirectory() ? posix.join(at, "README.md") : at;
  return file.endsWith(".md") && existsSync(file) ? linksOf(readFileSync(file, "utf8")).anchors : new Set();
}

/** @type {import("./lib/check.mjs").Check} */
export const links = {
  name: "links",
  what: "links in READMEs and docs lead somewhere, on npm too",
  async run() {
    const folders = published().map(({ group, folder }) => `${group}/${folder}`);
    const onNpm = folders.map((folder) => `${folder}/README.md`);
    const all = [...members("packages"), ...members("apps")].map(({ group, folder }) => `${group}/${folder}/README.md`);
    const indexes = ["README.md", "llms.txt"];
    const docs = filesUnder(`${rootPath}docs`).flatMap((file) => (file.endsWith(".md") ? [`docs/${file}`] : []));
    const { homepage } = JSON.parse(readFileSync(`${rootPath}package.json`, "utf8"));
    const repository = homepage.replace(/#.*/, "");
    return [...indexes, "CONTRIBUTING.md", "SECURITY.md", ...all, ...docs]
      .filter((page) => existsSync(`${rootPath}${page}`))
      .flatMap((page) => {
        const markdown = readFileSync(`${rootPath}${page}`, "utf8");
        const absolute = onNpm.includes(page) || page === "llms.txt";
        return [
          ...linkFaults(page, { markdown, repository, absolute, anchorsOf: anchorsAt }),
          ...(indexes.includes(page) ? missingPackages(page, { markdown, repository, folders }) : []),
        ];
      });
  },
};
