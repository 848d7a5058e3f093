import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flattenTree, mapTree, ndarray, structureKey, unflattenTree } from "../src/index.js";

const isNumber = (value: unknown): value is number => typeof value === "number";
const flatten = (tree: unknown) => flattenTree<number>(tree, isNumber);

const trees = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.integer(),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "W", "0"), tie("any"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).any;

describe("flattenTree", () => {
  test("gives leaves with their paths, in order as written", () => {
    const { leaves, paths } = flatten({ layers: [{ W: 1, b: 2 }, { W: 3 }], scale: 4 });
    expect(leaves).toEqual([1, 2, 3, 4]);
    expect(paths).toEqual(["layers.0.W", "layers.0.b", "layers.1.W", "scale"]);
  });

  test("a leaf alone has the empty path", () => {
    expect(flatten(7)).toMatchObject({ leaves: [7], paths: [""] });
  });

  test("unflattenTree is its inverse", () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const { leaves, structure } = flatten(tree);
        expect(unflattenTree(structure, leaves)).toEqual(tree);
      }),
    );
  });

  test("leaves out what is undefined", () => {
    expect(flatten({ a: undefined, b: 1 }).paths).toEqual(["b"]);
  });

  test("names the place of what is neither leaf nor tree", () => {
    expect(() => flatten({ p: [1, "W"] })).toThrow('tree.p.1 is the string "W"; expected tensors');
    expect(() => flatten({ p: null })).toThrow("tree.p is null");
    expect(() => flatten({ x: new Float32Array(2) })).toThrow("tree.x is a Float32Array of 2 (wrap it with ndarray())");
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    expect(() => flatten([1, , 2])).toThrow("tree.1 is undefined");
    expect(() => flatten(new Map([["p", 1]]))).toThrow("tree is a Map");
    expect(() => flatten({ p: Promise.resolve(1) })).toThrow("tree.p is a Promise (write await before it)");
    expect(() => flatten({ p: ndarray([1]) })).toThrow("tree.p is host data of type f32[1]");
    expect(() => flattenTree(undefined, isNumber, "call: argument ", "numbers")).toThrow(
      "call: argument is undefined; expected numbers, or plain objects and arrays of them.",
    );
    expect(() => flattenTree([{ x: 1n }], isNumber, "call: argument ")).toThrow("call: argument 1.x is the BigInt 1n");
  });
});

describe("structureKey", () => {
  const keyOf = (tree: unknown): string => structureKey(flatten(tree).structure);

  test("is equal exactly for trees of one structure", () => {
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const zeros = (tree: unknown) => JSON.stringify(mapTree(tree, isNumber, () => 0));
        expect(keyOf(a) === keyOf(b)).toBe(zeros(a) === zeros(b));
      }),
    );
  });

  test("tells orders of keys apart", () => {
    expect(keyOf({ h: 1, c: 2 })).not.toBe(keyOf({ c: 2, h: 1 }));
  });
});

test("mapTree hands each leaf its path", () => {
  expect(mapTree({ a: 1, b: [2] }, isNumber, (leaf, path) => `${path}=${leaf}`)).toEqual({ a: "a=1", b: ["b.0=2"] });
});
