// The package that docs/adding-a-task.md builds, as a reader makes it of the page.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { blocksOf } from "../../examples/blocks.mjs";
import { rootPath } from "./workspace.mjs";

const PAGE = "docs/adding-a-task.md";

/** @typedef {{ name: string, dependencies: Record<string, string>, peerDependencies: Record<string, string> }} Manifest */

/**
 * @returns {{ page: string, code: string, manifest: Manifest, commands: string[] }} the task's module, its package.json, and the lines of a
 *   shell that train and use it
 */
export function taskGuide() {
  const text = readFileSync(`${rootPath}${PAGE}`, "utf8");
  const code = blocksOf(PAGE, text).blocks[0]?.code;
  const [manifest, commands] = ["json", "sh"].map(
    (language) => new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "ms").exec(text)?.[1],
  );
  if (!code || !manifest || !commands) throw new Error(`${PAGE}: no ts block, json block or sh block.`);
  return { page: PAGE, code, manifest: JSON.parse(manifest), commands: commands.trim().split("\n") };
}

/**
 * Writes the guide's package where npm would install it, and a file for its commands to learn from.
 * @param {string} folder a folder with packages of Throughtime in its node_modules
 */
export async function writeTaskGuide(folder) {
  const { code, manifest } = taskGuide();
  const home = join(folder, "node_modules", manifest.name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(home, "classify.js"), (await transform(code, { loader: "ts" })).code);
  writeFileSync(join(folder, "lines.tsv"), sentences().join("\n"));
}

/** Five hundred short sentences in English and German, as lines of label, tab, text. */
function sentences() {
  const words = /** @type {const} */ ({
    en: ["the my", "dog child woman horse", "sees finds wants sleeps"],
    de: ["der mein", "Hund Vogel Mann Bruder", "sieht findet will schläft"],
  });
  const ends = ["", " it", " das", " a cat", " einen Ball", " food", " Brot", " now"];
  return Object.entries(words).flatMap(([label, parts]) => {
    const [a = [], b = [], c = []] = parts.map((part) => part.split(" "));
    return a.flatMap((x) => b.flatMap((y) => c.flatMap((z) => ends.map((end) => `${label}\t${x} ${y} ${z}${end}`))));
  });
}
