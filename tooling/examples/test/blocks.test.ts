import { expect, test } from "vitest";
import { blocksOf, fileNameOf, moduleOf, nameThePage } from "../blocks.mjs";

const page = "packages/nn/README.md";
const markdown = [
  "# nn",
  "",
  "```ts",
  "const a = 1;",
  "```",
  "",
  "- a list",
  "",
  "  ```ts no-run",
  "  export const b = {",
  "    c: 2,",
  "  };",
  "  ```",
  "",
  "```sh",
  "npm test",
  "```",
].join("\n");

test("finds the ts blocks, with the page's line of their first line of code", () => {
  expect(blocksOf(page, markdown)).toEqual({
    blocks: [
      { page, line: 4, code: "const a = 1;\n", runs: true },
      { page, line: 10, code: "export const b = {\n  c: 2,\n};\n", runs: false },
    ],
    problems: [],
  });
});

test("refuses a TypeScript fence that nobody would check", () => {
  for (const info of ["typescript", "ts ignore", "ts norun"]) {
    const { blocks, problems } = blocksOf(page, `\n\`\`\`${info}\nlet x;\n\`\`\`\n`);
    expect(blocks).toEqual([]);
    expect(problems[0]).toContain(`${page}:2`);
  }
});

test("reports a fence that is never closed", () => {
  expect(blocksOf(page, "```ts\nlet x;\n").problems).toEqual([`${page}:1: the fence is never closed`]);
});

test("a block's module has the code on the page's own lines", () => {
  const [block] = blocksOf(page, markdown).blocks;
  expect(moduleOf(block!).split("\n")[block!.line - 1]).toBe("const a = 1;");
});

test("errors name the page and its line instead of the generated file", () => {
  const [block] = blocksOf(page, markdown).blocks;
  const name = fileNameOf(block!);
  expect(nameThePage(`${name}.ts(4,7): error TS2322: no`)).toBe(`${page}:4:7: error TS2322: no`);
  expect(nameThePage(`    at file:///tmp/x-1/js/../${name}.ts:4:7`)).toBe(`    at ${page}:4:7`);
  expect(nameThePage("at node:internal/main:4:7")).toBe("at node:internal/main:4:7");
});
