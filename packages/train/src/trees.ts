import { isType, type MapTree, type NdArray, type Tensor, type Tree, type Type } from "@throughtime/core";

/**
 * A tree of host data as a traced function sees it: tensors in place of arrays. (Tensors stay, so that a type which was
 * inferred from the traced side is right as well.)
 */
export type Symbolic<T> = unknown extends T
  ? T
  : Tree<NdArray> extends T // any tree of arrays, which is not a tree of both
    ? Tree<Tensor>
    : MapTree<T, NdArray | Tensor, Tensor>;

/** Any tree; its leaves have a shape and a dtype. */
export type AnyTree = unknown;

/**
 * A tree in two: leaves for which `keep` holds, and the others. Both have the tree's shape with an empty object where a
 * leaf went to the other side, so that paths stay what they were.
 */
export function partition(
  tree: AnyTree,
  keep: (path: string, leaf: Type) => boolean,
): { readonly kept: AnyTree; readonly rest: AnyTree } {
  const side = (wanted: boolean) => {
    const visit = (value: unknown, path: string): unknown => {
      if (isType(value)) return keep(path, value) === wanted ? value : {};
      const at = (key: string | number) => (path === "" ? String(key) : `${path}.${key}`);
      if (Array.isArray(value)) return value.map((item, i) => visit(item, at(i)));
      return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, visit(item, at(key))]));
    };
    return visit(tree, "");
  };
  return { kept: side(true), rest: side(false) };
}

/** The inverse of partition. */
export function merge(kept: AnyTree, rest: AnyTree): AnyTree {
  if (isType(kept)) return kept;
  if (isType(rest)) return rest;
  if (Array.isArray(kept)) return kept.map((item, i) => merge(item, (rest as unknown[])[i]));
  const other = rest as Record<string, unknown>;
  return Object.fromEntries(Object.entries(kept as object).map(([key, item]) => [key, merge(item, other[key])]));
}
