import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { exportsOf } from "../lib/exports.mjs";
import { clashes, names, SHARED } from "../names.mjs";

const read = (files: Record<string, string>) => (file: string) => files[file] as string;

describe("a module's exports", () => {
  test("are those of lists, declarations and stars, types and all, by the name that they have outside", () => {
    const files = {
      "src/index.ts": [
        'export { a, type B, c as d } from "./a.js";',
        "export type {",
        "  E,",
        "  F as G,",
        '} from "./e.js";',
        'export * from "./ops/index.js";',
        'export * as all from "./all.js";',
        "export const h = 1;",
        "export async function i() {}",
        "export function j(x: number): number;",
        "export function j(x: string): string;",
        "export interface K {}",
        "export type L<T> = T;",
        "export abstract class M {}",
        "const hidden = 1;",
      ].join("\n"),
      "src/ops/index.ts": 'export { add } from "./add.js";\nexport * from "../more.js";',
      "src/more.ts": "export const more = 1;",
    };
    expect(exportsOf("src/index.ts", read(files)).join(" ")).toBe("B E G K L M a add all d h i j more");
  });
});

describe("the names rule", () => {
  test("finds a name of two packages and says whose it is", () => {
    const exported = { core: new Set(["stack", "add"]), cells: new Set(["lstm", "stack"]) };
    expect(clashes(exported, {})).toEqual([
      "stack is exported by core and cells; rename one, or import it from the other",
    ]);
  });

  test("allows what is listed, and only while two have it", () => {
    const exported = { core: new Set(["stack"]), cells: new Set(["stack"]) };
    expect(clashes(exported, { stack: "why" })).toEqual([]);
    expect(clashes({ core: new Set(["stack"]) }, { stack: "why" })[0]).toContain("no two packages export");
  });

  test("holds here, in all packages", async () => {
    expect(readdirSync("packages").length).toBeGreaterThan(10);
    expect(await names.run()).toEqual([]);
    expect(SHARED).toEqual({});
  });
});
