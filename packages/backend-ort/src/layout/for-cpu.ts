import { type Program, simplify } from "@throughtime/core";
import { columnsForProducts } from "./columns.js";
import { complements } from "./complements.js";
import { featureMajor } from "./feature-major.js";
import { productsLast } from "./products-last.js";
import { separateParts } from "./separate-parts.js";
import { sinkTransposes } from "./sink-transposes.js";
import { widenCaptures } from "./widen-captures.js";

/** A Program in the layout that the CPU kernels are fastest in. */
export function forCpu(program: Program): Program {
  const flipped = featureMajor(program);
  const turned = flipped === program ? program : columnsForProducts(simplify(sinkTransposes(simplify(flipped))));
  return complements(widenCaptures(productsLast(separateParts(simplify(turned)))));
}
