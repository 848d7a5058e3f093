import { add, type Tensor } from "@throughtime/core";

/** x·W + b + h·U + bh, without the biases that are not there. */
export function biased(xW: Tensor, b: Tensor | undefined, hU: Tensor, bh: Tensor | undefined): Tensor {
  const z = b ? add(xW, b, hU) : add(xW, hU);
  return bh ? add(z, bh) : z;
}
