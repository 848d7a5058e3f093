export interface TfTensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}
export type Weights = Readonly<Record<"W" | "U" | "b" | "bn" | "p" | "E" | "Wo" | "bo", TfTensor>>;
/** h and, where the cell has one, c. */
export type State = readonly [TfTensor, TfTensor];
type Binary = (a: TfTensor, b: TfTensor) => TfTensor;
type Unary = (x: TfTensor) => TfTensor;

/** What is used of @tensorflow/tfjs. */
export interface Tf {
  readonly version_core: string;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
  tensor1d(data: Int32Array, dtype: "int32"): TfTensor;
  variable(initial: TfTensor): TfTensor;
  /** Frees what `work` made, but for what it returns. */
  tidy<R>(work: () => R): R;
  zeros(shape: readonly number[]): TfTensor;
  oneHot(indices: TfTensor, depth: number): TfTensor;
  cast(x: TfTensor, dtype: "float32"): TfTensor;
  // As many as are asked for, so that a pattern can take them apart.
  split(x: TfTensor, parts: number, axis?: number): [TfTensor, TfTensor, TfTensor, TfTensor, ...TfTensor[]];
  concat(parts: readonly TfTensor[], axis: number): TfTensor;
  sum(x: TfTensor, axis: number): TfTensor;
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly matMul: Binary;
  readonly sigmoid: Unary;
  readonly tanh: Unary;
  readonly neg: Unary;
  readonly mean: Unary;
  readonly logSoftmax: Unary;
  readonly train: { sgd(rate: number): { minimize(loss: () => TfTensor, returnCost: boolean): TfTensor | null } };
}

/** What is used of @tensorflow/tfjs-backend-wasm. */
export interface Wasm {
  setWasmPaths(folder: string): void;
}
