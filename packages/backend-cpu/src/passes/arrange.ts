import type { Program } from "@throughtime/core";
import { sinkJoins } from "./sink-joins.js";
import { sinkSlices } from "./sink-slices.js";

const MAX_ROUNDS = 8;

/** Rewrites one block, not the bodies of its scans, so that more of it has one shape and runs as one loop. */
export function arrange(program: Program): Program {
  let current = program;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = sinkJoins(sinkSlices(current));
    if (next === current) break;
    current = next;
  }
  return current;
}
