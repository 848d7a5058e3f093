import { posix } from "node:path";

const list = /^export\s+(?:type\s+)?\{([^}]*)\}/gm;
const star = /^export\s+(?:type\s+)?\*\s+from\s*["'](\.[^"']+)\.js["']/gm;
const namespace = /^export\s+(?:type\s+)?\*\s+as\s+([\w$]+)\s/gm;
const declared =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const\s+enum|const|let|var|function\*?|class|interface|type|enum|namespace)\s+([\w$]+)/gm;

/**
 * The names that a TypeScript module exports, types included, those of `export * from "./other.js"` too. It reads text, not
 * syntax: a statement is expected to start its line, which the formatter sees to. An overloaded function is one name.
 * @param {string} file a path that `read` knows
 * @param {(file: string) => string} read
 * @returns {string[]}
 */
export function exportsOf(file, read) {
  const code = read(file);
  const found = [
    ...[...code.matchAll(list)].flatMap(([, names]) => (names ?? "").split(",").map(nameOf)),
    ...[...code.matchAll(namespace)].map(([, name]) => name),
    ...[...code.matchAll(declared)].map(([, name]) => name),
    ...[...code.matchAll(star)].flatMap(([, to]) => exportsOf(posix.join(posix.dirname(file), `${to}.ts`), read)),
  ];
  return [...new Set(found.flatMap((name) => name || []))].sort();
}

/**
 * What one entry of an export list is called outside: `type a as b` is b.
 * @param {string} entry
 */
const nameOf = (entry) =>
  entry
    .trim()
    .replace(/^type\s+/, "")
    .split(/\s+as\s+/)
    .at(-1);
