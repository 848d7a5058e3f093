import { type Key, type NdArray, OptionError } from "@throughtime/core";

/** What a cell made by `gatedCell` says of its parameters: the `layout` of @throughtime/cells' `rnn`, `lstm` and `gru`. */
export interface GatedLayout {
  readonly kind: "gated";
  /** Whose equations they belong to: "lstm". */
  readonly cell: string;
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** R: the size of the output, and of the h that enters products. */
  readonly outputSize: number;
  /** The order of the gates' blocks of columns in the weights. */
  readonly gates: readonly string[];
  readonly biases: "one" | "two" | "none";
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** What else the equations depend on: { reset: "after" }. */
  readonly variant: Readonly<Record<string, string>>;
}

/** The same of what is made of cells: a stack, two directions. */
export type CellLayout =
  | GatedLayout
  | { readonly kind: "stacked"; readonly cells: readonly CellLayout[] }
  | { readonly kind: "bidirectional"; readonly forward: CellLayout; readonly backward: CellLayout };

/** A cell of @throughtime/cells: `lstm(…)`, or `stacked`, `bidirectional`, `residual` and `dropout` of such. */
export interface ReadableCell<P> {
  readonly name: string;
  readonly layout?: CellLayout;
  init(key: Key): P;
}

/** The host parameters of one standard cell: W, U, b, bh, bn and Wr, those that it has. */
export type CellArrays = Readonly<Record<string, NdArray>>;

/** Which cell of a network one is. */
export interface Place {
  /** Counted from the first, as other libraries count. */
  readonly layer: number;
  /** "only": its layer has no other. */
  readonly direction: "only" | "forward" | "backward";
  /** Where its parameters stand in the tree: "1.forward"; "" for the tree itself. */
  readonly path: string;
}

/**
 * A tree of the cell's structure with what `read` gives for each standard cell in it, layer by layer. Throws OptionError
 * for a cell of one's own, whose parameters nobody knows, and for stacks within `bidirectional`, which other libraries
 * have not.
 */
export function mapCells(
  who: string,
  { name, layout }: ReadableCell<unknown>,
  read: (layout: GatedLayout, place: Place) => unknown,
): unknown {
  if (layout === undefined) {
    throw new OptionError(
      `${who}: ${name} has no layout, so what its parameters are is not known here. Cells of @throughtime/cells have one, as all have that gatedCell makes; arrange the parameters of others by hand.`,
      { cell: name },
    );
  }
  let layer = 0;
  const below = (path: string, key: string | number) => (path === "" ? String(key) : `${path}.${key}`);
  const one = (part: CellLayout, path: string): unknown => {
    if (part.kind === "stacked") return part.cells.map((cell, i) => one(cell, below(path, i)));
    if (part.kind !== "bidirectional") return read(part, { layer: layer++, direction: "only", path });
    const { forward, backward } = part;
    if (!isGated(forward) || !isGated(backward)) {
      throw new OptionError(
        `${who}: ${name} has a stack in each direction; other libraries join the directions after each layer. Use stacked([bidirectional(…), bidirectional(…)]).`,
        { cell: name },
      );
    }
    const both = {
      forward: read(forward, { layer, direction: "forward", path: below(path, "forward") }),
      backward: read(backward, { layer, direction: "backward", path: below(path, "backward") }),
    };
    layer++;
    return both;
  };
  return one(layout, "");
}

const isGated = (layout: CellLayout): layout is GatedLayout => layout.kind === "gated";

/** The parameters at a place of a tree. */
export const paramsAt = (params: unknown, { path }: Place): unknown =>
  (path === "" ? [] : path.split(".")).reduce<unknown>(
    (tree, key) => (tree as Readonly<Record<string, unknown>> | undefined)?.[key],
    params,
  );
