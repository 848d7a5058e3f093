const statement = /^[ \t]*(?:import|export)\b[^"'`;=]*?\bfrom\s*["']([^"']+)["']/gm;
const bare = /^[ \t]*import\s*["']([^"']+)["']/gm;
const dynamic = /\bimport\(\s*["'`]([^"'`]+)["'`]/g;

/**
 * What a TypeScript module imports or re-exports, types included, in order of first mention. It reads text, not syntax:
 * comment lines are skipped, and a statement is expected to start its line, which the formatter sees to.
 * @param {string} source
 * @returns {{ specifier: string, line: number }[]}
 */
export function importsOf(source) {
  const code = source
    .split("\n")
    .map((line) => (/^\s*(\*|\/\/|\/\*)/.test(line) ? "" : line))
    .join("\n");
  return [statement, bare, dynamic]
    .flatMap((pattern) => [...code.matchAll(pattern)])
    .map((match) => ({ at: match.index + match[0].length, specifier: match[1] ?? "" }))
    .sort((a, b) => a.at - b.at)
    .map(({ at, specifier }) => ({ specifier, line: code.slice(0, at).split("\n").length }));
}

/**
 * The package that a specifier names: `@scope/name/sub` is `@scope/name`; a relative or `node:` specifier is none.
 * @param {string} specifier
 * @returns {string | undefined}
 */
export function packageOf(specifier) {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
