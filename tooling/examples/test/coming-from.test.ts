import { readFileSync } from "node:fs";
import { lexer, type Tokens } from "marked";
import { expect, test } from "vitest";
import { rootPath } from "../../checks/lib/workspace.mjs";
import { blocksOf } from "../blocks.mjs";

const page = "docs/coming-from.md";
const markdown = readFileSync(`${rootPath}${page}`, "utf8");

/** What stands as code in the tables' columns on Throughtime. */
const said = lexer(markdown)
  .filter((token): token is Tokens.Table => token.type === "table")
  .flatMap(({ header, rows }) => {
    const column = header.findIndex(({ text }) => text === "Throughtime");
    return column < 0 ? [] : rows.flatMap((row) => row[column]?.tokens ?? []);
  })
  .flatMap((token) => (token.type === "codespan" ? [(token as Tokens.Codespan).text] : []));

const code = blocksOf(page, markdown).blocks.map((block) => block.code);

test("the tables have a line for each idea", () => {
  expect(said.length).toBeGreaterThan(35);
});

test.each(said)("what the page says of Throughtime stands in a program that runs: %s", (line) => {
  expect(code.some((block) => block.includes(line))).toBe(true);
});
