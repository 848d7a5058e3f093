import type { Node, Program, Tensor } from "@throughtime/core";
import type { LoweringContext } from "../lower/context.js";
import { gemms } from "./gemms.js";
import { splits } from "./splits.js";

/** Several equations that become one node. */
export interface Fusion {
  /** All but `at` vanish; what they computed has no other use. */
  readonly nodes: readonly Node[];
  /** Where in the order the node stands. */
  readonly at: Node;
  readonly emit: (context: LoweringContext, bind: (tensor: Tensor, name: string) => void) => void;
}

export type FusionRule = (program: Program, uses: Uses) => Fusion[];

/** How often each tensor is read, by equations or as an output. */
export type Uses = (tensor: Tensor) => number;

/** Which equations of a Program become one node together. Bodies of scans are planned on their own. */
export function plan(program: Program): { at: ReadonlyMap<Node, Fusion>; covered: ReadonlySet<Node> } {
  const counts = new Map<Tensor, number>();
  const count = (tensor: Tensor) => counts.set(tensor, (counts.get(tensor) ?? 0) + 1);
  for (const { inputs } of program.equations) for (const input of inputs) count(input);
  for (const output of program.outputs) count(output);
  const uses: Uses = (tensor) => counts.get(tensor) ?? 0;

  const at = new Map<Node, Fusion>();
  const covered = new Set<Node>();
  for (const rule of [gemms, splits]) {
    for (const fusion of rule(program, uses)) {
      if (fusion.nodes.some((node) => covered.has(node))) continue;
      at.set(fusion.at, fusion);
      for (const node of fusion.nodes) covered.add(node);
    }
  }
  return { at, covered };
}
