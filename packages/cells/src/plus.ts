import { add, type Tensor } from "@throughtime/core";

/** The sum of the terms that are there, from the first: a cell adds its biases by it, of which there may be none. */
export const plus = (first: Tensor, ...terms: readonly (Tensor | undefined)[]): Tensor =>
  terms.reduce<Tensor>((sum, term) => (term ? add(sum, term) : sum), first);
