import { describe, isPlain } from "./describe.js";
import { isDeviceArray } from "./device.js";
import { type Dim, dim, shapeText } from "./dim.js";
import { ArgumentError, ShapeError } from "./errors.js";
import { isNdArray } from "./ndarray.js";
import { quote } from "./quote.js";
import { placeIn } from "./tree.js";

const DIMS = "compile: dims for argument ";

/** Names for axes of an argument's leaves, as a tree that may stop anywhere: `{ x: ["T", "B"], h: [null, "B"] }`. */
export type DimNames =
  | null
  | undefined
  | readonly (string | number | null | DimNames)[]
  | { readonly [key: string]: DimNames };

/** The shape of the leaf at `path`, with names for sizes. Throws ShapeError unless its names are one entry an axis. */
export function namedShape(shape: readonly number[], names: unknown, path: string): readonly Dim[] {
  let spec: unknown = names;
  for (const step of path.split(".")) spec = (spec as Record<string, unknown> | null | undefined)?.[step];
  if (spec === null || spec === undefined) return shape;
  if (!Array.isArray(spec) || spec.length !== shape.length) {
    const given = Array.isArray(spec) ? JSON.stringify(spec) : describe(spec);
    throw new ShapeError(
      `${placeIn(DIMS, path)} name ${given}, but it has rank ${shape.length}. Give an array with a name or null for each axis of ${shapeText(shape)}.`,
      { path, spec },
    );
  }
  return shape.map((size, axis) => namedSize(size, spec[axis], path));
}

function namedSize(size: number, name: unknown, path: string): Dim {
  if (typeof name === "string") return dim(name);
  if (name === null || name === undefined || name === size) return size;
  throw new ShapeError(
    `${placeIn(DIMS, path)} have ${describe(name)} for a size of ${size}; expected a name such as "T", or null.`,
    { path, name },
  );
}

/**
 * Holds names of axes to the tree that they are for: a key that is mistyped would name nothing without a word. What may be
 * there or not has names too: a key that holds undefined, an empty object, a list that is shorter. Throws ArgumentError.
 */
export function requireNames(names: unknown, tree: unknown, path = ""): void {
  if (names === null || names === undefined || !isBranch(tree)) return;
  const place = placeIn(DIMS, path);
  if (typeof names !== "object") {
    throw new ArgumentError(`${place} are ${describe(names)}; expected names as a tree like ${describe(tree)}.`, {
      path,
    });
  }
  if (Object.keys(tree).length === 0) return;
  const shorter = Array.isArray(tree) && Array.isArray(names);
  for (const [key, inner] of Object.entries(names)) {
    if (inner === null || inner === undefined) continue;
    if (Object.hasOwn(tree, key)) {
      requireNames(inner, (tree as Record<string, unknown>)[key], path === "" ? key : `${path}.${key}`);
    } else if (!shorter) {
      throw new ArgumentError(`${place} have ${quote(key)}, but it is ${describe(tree)}. Name axes of what is there.`, {
        path,
        key,
      });
    }
  }
}

const isBranch = (tree: unknown): tree is object =>
  Array.isArray(tree) ||
  (typeof tree === "object" && tree !== null && isPlain(tree) && !isNdArray(tree) && !isDeviceArray(tree));
