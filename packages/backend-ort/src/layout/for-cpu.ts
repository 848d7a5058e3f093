import { type Program, simplify } from "@throughtime/core";
import { columnsForProducts } from "./columns.js";
import { featureMajor } from "./feature-major.js";
import { sinkTransposes } from "./sink-transposes.js";

/** A Program in the layout that the CPU kernels are fastest in. */
export function forCpu(program: Program): Program {
  const flipped = featureMajor(program);
  return flipped === program ? program : simplify(columnsForProducts(simplify(sinkTransposes(simplify(flipped)))));
}
