import { describe, expect, test } from "vitest";
import { BESIDE, FLOORS, violations, whyNot } from "../floors.mjs";

const sound = {
  folder: "cells",
  dependencies: ["@throughtime/core", "@throughtime/nn"],
  devDependencies: [],
  references: ["core", "nn"],
  files: { "index.ts": 'export { lstm } from "./lstm.js";\n', "lstm.ts": 'import { add } from "@throughtime/core";\n' },
};

describe("the floors rule", () => {
  test("lets a package import from the floors below its own", () => {
    expect(violations(sound)).toEqual([]);
  });

  test("catches an import from a floor above, and names its file and line", () => {
    const files = {
      "wrap/stack.ts": '\nimport { add } from "@throughtime/core";\nimport { sgd } from "@throughtime/train";\n',
    };
    const found = violations({ ...sound, files });
    expect(found[0]).toContain("packages/cells/src/wrap/stack.ts:3: imports @throughtime/train");
    expect(found[0]).toContain("cells is on floor 3 and train on floor 4");
  });

  test("catches an import of types alone, a re-export, a dynamic import and an import for its effect", () => {
    for (const line of [
      'import type { Step } from "@throughtime/train";',
      'export * from "@throughtime/train";',
      'export {\n  sgd,\n  adam,\n} from "@throughtime/train";',
      'const train = await import("@throughtime/train");',
      'import "@throughtime/train";',
    ]) {
      expect(violations({ ...sound, files: { "a.ts": `${line}\n` } }), line).not.toEqual([]);
    }
  });

  test("does not take an example in a comment for an import", () => {
    const files = {
      "a.ts": '/**\n * import { sgd } from "@throughtime/train";\n */\n// import "@throughtime/train";\n',
    };
    expect(violations({ ...sound, files })).toEqual([]);
  });

  test("catches a dependency in package.json that no source uses yet", () => {
    const found = violations({
      ...sound,
      dependencies: [...sound.dependencies, "@throughtime/train"],
      references: [...sound.references, "train"],
    });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("packages/cells/package.json: depends on @throughtime/train");
  });

  test("catches packages of one floor that import each other", () => {
    expect(whyNot("decode", "train")).toContain("floor 4");
    expect(whyNot("onnx", "nn")).toContain("floor 2");
  });

  test("lets no package import a backend or the testkit", () => {
    for (const from of [...Object.keys(FLOORS), ...Object.keys(BESIDE)]) {
      for (const to of Object.keys(BESIDE)) expect(whyNot(from, to), `${from} → ${to}`).toBeDefined();
    }
  });

  test("lets the testkit import core, cells and onnx, and nothing else", () => {
    const all = [...Object.keys(FLOORS), ...Object.keys(BESIDE)];
    expect(all.filter((to) => whyNot("testkit", to) === undefined)).toEqual(["core", "onnx", "cells"]);
  });

  test("catches a package without a floor", () => {
    const found = violations({ folder: "attic", dependencies: [], devDependencies: [], references: [], files: {} });
    expect(found).toEqual(["packages/attic: attic has no floor; name one in tooling/checks/floors.mjs"]);
  });

  test("catches an import that package.json does not declare", () => {
    const found = violations({ ...sound, files: { "a.ts": 'import { z } from "zod";\n' } });
    expect(found).toEqual(["packages/cells/src/a.ts:1: imports zod: package.json does not depend on it"]);
  });

  test("catches one of Node's modules in a package that runs in browsers too, and nowhere else", () => {
    const files = { "a.ts": 'import { readFileSync } from "node:fs";\n' };
    expect(violations({ ...sound, files })[0]).toContain("packages/cells/src/a.ts:1: imports node:fs");
    expect(violations({ ...sound, folder: "train", files })).toEqual([]);
  });

  test("catches a relative path that leaves src", () => {
    const files = { "wrap/a.ts": 'import "../b.js";\nimport { tanh } from "../../../core/src/index.js";\n' };
    const found = violations({ ...sound, files });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("packages/cells/src/wrap/a.ts:2");
  });

  test("catches project references that differ from the dependencies", () => {
    expect(violations({ ...sound, references: ["core"] })[0]).toContain("add a reference to ../nn");
    expect(violations({ ...sound, references: ["core", "nn", "text"] })[0]).toContain("references ../text");
  });
});
