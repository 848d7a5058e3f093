/**
 * How many biases a cell has: "one" vector b; "two", b beside x·W and bh beside h·U, as the files of PyTorch and cuDNN
 * have them; "none". Two give the outputs that their sum gives. Both get the same gradient, so in training their sum moves
 * twice as far in a step.
 */
export type Biases = "one" | "two" | "none";

/** What the parameters of one gated cell are. */
export interface GatedLayout {
  readonly kind: "gated";
  /** Whose equations they belong to: "lstm". */
  readonly cell: string;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly outputSize: number;
  /** The order of the gates' blocks of columns in W and U, and of their parts of b and bh. */
  readonly gates: readonly string[];
  readonly biases: Biases;
  /** The shape of each parameter by its name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** What else the equations depend on: { reset: "after" }. */
  readonly variant: Readonly<Record<string, string>>;
}

/**
 * What a cell's parameters are, for those who read them from other libraries' files, or write them. Wrappers that have the
 * parameters of what they wrap have its layout.
 */
export type CellLayout =
  | GatedLayout
  | { readonly kind: "stacked"; readonly cells: readonly CellLayout[] }
  | { readonly kind: "bidirectional"; readonly forward: CellLayout; readonly backward: CellLayout };
