import { describe, isPlain } from "./describe.js";
import { ArgumentError } from "./errors.js";
import { isNdArray } from "./ndarray.js";
import { printable } from "./quote.js";
import { requireFunction, requireList } from "./require.js";

/** Plain objects and arrays with leaves `L`: parameters, states and batches of any structure. */
export type Tree<L> = L | readonly Tree<L>[] | { readonly [key: string]: Tree<L> };

/** `T` with every leaf of type `From` replaced by `To`. Where `T` is any tree, so is the result. */
export type MapTree<T, From, To> = unknown extends T
  ? T
  : Tree<From> extends T
    ? Tree<To>
    : T extends From
      ? To
      : T extends readonly unknown[]
        ? { [K in keyof T]: MapTree<T[K], From, To> }
        : T extends object
          ? { [K in keyof T]: MapTree<T[K], From, To> }
          : T;

/** A tree's structure, apart from its leaves. Plain data. */
export type Structure =
  | { readonly kind: "leaf" }
  | { readonly kind: "array"; readonly items: readonly Structure[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly items: readonly Structure[] };

export interface FlatTree<L> {
  readonly leaves: readonly L[];
  /** A path per leaf: "params.layers.0.W"; "" for a tree that is one leaf. */
  readonly paths: readonly string[];
  readonly structure: Structure;
}

/**
 * Flattens in key order as written; objects with the same keys in another order are other structures, and keys that hold
 * undefined count as absent. Throws ArgumentError where something is neither a leaf nor a plain object or array of
 * leaves: undefined, a hole in an array, a Promise, a Map. It begins with `what`, and says that `expected` was expected.
 */
export function flattenTree<L>(
  tree: unknown,
  isLeaf: (value: unknown) => value is L,
  what = "tree",
  expected = "tensors",
): FlatTree<L> {
  requireFunction("flattenTree: isLeaf", isLeaf);
  const leaves: L[] = [];
  const paths: string[] = [];
  const visit = (value: unknown, path: string): Structure => {
    if (isLeaf(value)) {
      leaves.push(value);
      paths.push(path);
      return { kind: "leaf" };
    }
    const at = (key: string | number) => (path === "" ? String(key) : `${path}.${key}`);
    if (Array.isArray(value)) return { kind: "array", items: Array.from(value, (item, i) => visit(item, at(i))) };
    if (typeof value === "object" && value !== null && isPlain(value) && !isNdArray(value)) {
      const entries = Object.entries(value).filter(([, item]) => item !== undefined);
      return {
        kind: "object",
        keys: entries.map(([key]) => key),
        items: entries.map(([key, item]) => visit(item, at(key))),
      };
    }
    throw new ArgumentError(
      `${placeIn(what, path)} is ${describe(value)}; expected ${expected}, or plain objects and arrays of them.`,
      { path },
    );
  };
  const structure = visit(tree, "");
  return { leaves, paths, structure };
}

/**
 * A leaf's place in words: `grad: x.layers.0.W`. Where `what` ends with a space the tree is a list of arguments, and they are
 * counted from 1, as in the errors of all functions: `call: argument 1.W`.
 */
export function placeIn(what: string, path: string): string {
  if (path === "") return what.trimEnd();
  if (!what.endsWith(" ")) return `${what}.${printable(path)}`;
  return `${what}${printable(path.replace(/^\d+/, (index) => String(Number(index) + 1)))}`;
}

/** The inverse of flattenTree. */
export function unflattenTree(structure: Structure, leaves: readonly unknown[]): unknown {
  requireStructure("unflattenTree", structure);
  requireList("unflattenTree: the leaves", leaves);
  let next = 0;
  const build = (node: Structure): unknown => {
    if (node.kind === "leaf") return leaves[next++];
    if (node.kind === "array") return node.items.map(build);
    return Object.fromEntries(node.keys.map((key, i) => [key, build(node.items[i] as Structure)]));
  };
  return build(structure);
}

/** Applies `fn` to every leaf. */
export function mapTree<L, M>(
  tree: unknown,
  isLeaf: (value: unknown) => value is L,
  fn: (leaf: L, path: string) => M,
  what?: string,
  expected?: string,
): unknown {
  requireFunction("mapTree: isLeaf", isLeaf);
  requireFunction("mapTree: the function", fn);
  const { leaves, paths, structure } = flattenTree(tree, isLeaf, what, expected);
  return unflattenTree(
    structure,
    leaves.map((leaf, i) => fn(leaf, paths[i] as string)),
  );
}

/** A structure as text, equal for equal ones. */
export function structureKey(structure: Structure): string {
  requireStructure("structureKey", structure);
  if (structure.kind === "leaf") return "*";
  if (structure.kind === "array") return `[${structure.items.map(structureKey).join(",")}]`;
  return `{${structure.keys.map((key, i) => `${JSON.stringify(key)}:${structureKey(structure.items[i] as Structure)}`).join(",")}}`;
}

function requireStructure(op: string, structure: Structure): void {
  if (["leaf", "array", "object"].includes(structure?.kind)) return;
  throw new ArgumentError(`${op}: the structure is ${describe(structure)}; expected what flattenTree() gives.`);
}
