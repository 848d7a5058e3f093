import { type Program, simplify } from "@throughtime/core";
import { featureMajor } from "./feature-major.js";
import { columnsForProducts, sinkTransposes } from "./sink-transposes.js";

/** A Program in the layout that the CPU kernels are fastest in. */
export function forCpu(program: Program): Program {
  const flipped = featureMajor(program);
  return flipped === program ? program : columnsForProducts(simplify(sinkTransposes(simplify(flipped))));
}
