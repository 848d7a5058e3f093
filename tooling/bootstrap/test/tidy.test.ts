import { expect, test } from "vitest";
import { orphans } from "../tidy.mjs";

test("a compiled file without its source is an orphan, and everything else in dist stays", () => {
  const dist = [
    "index.js",
    "index.d.ts.map",
    "ops/add.js",
    "ops/old.js",
    "ops/old.d.ts",
    "ops/old.js.map",
    ".tsbuildinfo",
  ];
  expect(orphans(dist, ["index.ts", "ops/add.ts"])).toEqual(["ops/old.js", "ops/old.d.ts", "ops/old.js.map"]);
});
