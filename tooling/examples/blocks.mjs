/**
 * @typedef {object} Block a TypeScript example in a Markdown page
 * @property {string} page the page's path in the repository
 * @property {number} line the line in the page of the block's first line of code, from 1
 * @property {string} code
 * @property {boolean} runs false for blocks fenced as `ts no-run`
 */

const fence = /^(\s*)(`{3,}|~{3,})\s*(.*?)\s*$/;

/**
 * The blocks of one page that are fenced as `ts`.
 * @param {string} page
 * @param {string} markdown
 * @returns {{ blocks: Block[], problems: string[] }} problems: TypeScript fences that nobody would check
 */
export function blocksOf(page, markdown) {
  /** @type {Block[]} */
  const blocks = [];
  /** @type {string[]} */
  const problems = [];
  /** @type {{ mark: string, info: string, indent: number, line: number, code: string[] } | undefined} */
  let open;
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    const match = fence.exec(text);
    if (open === undefined) {
      if (match)
        open = { mark: match[2] ?? "", info: match[3] ?? "", indent: match[1]?.length ?? 0, line: index + 2, code: [] };
    } else if (match && match[3] === "" && match[2]?.startsWith(open.mark)) {
      const runs = open.info === "ts";
      if (runs || open.info === "ts no-run")
        blocks.push({ page, line: open.line, code: `${open.code.join("\n")}\n`, runs });
      else if (/^(ts|typescript|mts)\b/.test(open.info)) {
        problems.push(`${page}:${open.line - 1}: a fence says "${open.info}"; say "ts" or "ts no-run"`);
      }
      open = undefined;
    } else {
      const { indent } = open;
      open.code.push(text.slice(0, indent).trim() === "" ? text.slice(indent) : text);
    }
  }
  if (open !== undefined) problems.push(`${page}:${open.line - 1}: the fence is never closed`);
  return { blocks, problems };
}

/**
 * The module that stands for a block: its code, on the very lines it has in the page, so that an error's line is the
 * page's line.
 * @param {Block} block
 * @returns {string}
 */
export function moduleOf({ code, line }) {
  const isModule = /^\s*(import|export)\b/m.test(code);
  return `${"\n".repeat(line - 1)}${code}${isModule ? "" : "export {};\n"}`;
}

/**
 * The name of the file that a block is written to, without its extension: `packages/nn/README.md` at line 12 is
 * `packages+nn+README.md+12`.
 * @param {Block} block
 * @returns {string}
 */
export const fileNameOf = ({ page, line }) => `${page.replaceAll("/", "+")}+${line}`;

/**
 * Says a page and line wherever a text names a block's file: `…/packages+nn+README.md+12.ts:15:3` becomes
 * `packages/nn/README.md:15:3`.
 * @param {string} text
 * @returns {string}
 */
export function nameThePage(text) {
  const named = /(?:file:\/\/)?[\w./\\:-]*?([\w.-]+(?:\+[\w.-]+)*)\+\d+\.(?:ts|js)(?::(\d+)|\((\d+),(\d+)\))?/g;
  return text.replace(named, (_, page, line, tscLine, tscColumn) => {
    const at = line ?? (tscLine && `${tscLine}:${tscColumn}`);
    return `${page.replaceAll("+", "/")}${at ? `:${at}` : ""}`;
  });
}
