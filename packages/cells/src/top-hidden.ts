import { flattenTree, isTensor, OptionError, type Tensor } from "@throughtime/core";

/** h of a state's top cell, its last leaf of that name: [B, H]. Throws OptionError, of `owner`, where there is none. */
export function topHidden(owner: string, state: unknown): Tensor {
  const { leaves, paths } = flattenTree(state, isTensor);
  const at = paths.map((path) => path === "h" || path.endsWith(".h")).lastIndexOf(true);
  if (at >= 0) return leaves[at] as Tensor;
  throw new OptionError(
    `${owner}: the cell's state has {${paths.join(", ")}} and no h to ask with. Say which leaf it is: query: (state) => …`,
    { paths },
  );
}
