/**
 * How many biases a cell has: "one" vector b; "two", b beside x·W and bh beside h·U, as the files of PyTorch and cuDNN
 * have them; "none". Two compute what their sum does, but under a gradient the sum of two moves twice as far.
 */
export type Biases = "one" | "two" | "none";

/** What all standard cells say of their parameters. */
interface PlainLayout {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly biases: Biases;
}

/**
 * What a cell's parameters are, for those who read them from other libraries' files, or write them. Wrappers that have the
 * parameters of what they wrap have its layout.
 */
export type CellLayout =
  | (PlainLayout & { readonly kind: "rnn"; readonly activation: "tanh" | "relu" | "sigmoid" })
  | (PlainLayout & {
      readonly kind: "lstm";
      readonly peepholes: "none" | "diagonal";
      /** R; undefined where nothing is projected. */
      readonly projectionSize: number | undefined;
    })
  | (PlainLayout & { readonly kind: "gru"; readonly reset: "before" | "after" })
  | { readonly kind: "stacked"; readonly cells: readonly CellLayout[] }
  | { readonly kind: "bidirectional"; readonly forward: CellLayout; readonly backward: CellLayout };
