export interface JaxArray {
  readonly ref: JaxArray;
  add(other: JaxArray): JaxArray;
  sub(other: JaxArray): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  sum(): JaxArray;
  reshape(shape: number[]): JaxArray;
  data(): Promise<Float32Array>;
  blockUntilReady(): Promise<JaxArray>;
  dispose(): void;
}
export type Params = Readonly<Record<"W" | "U" | "b" | "bn" | "p" | "E" | "Wo" | "bo", JaxArray>>;
export type States = readonly [JaxArray, ...JaxArray[]];
/** h and, where the cell has one, c. */
export type State = readonly [JaxArray, JaxArray];

/** What is used of @jax-js/jax. */
export interface Jax {
  readonly numpy: {
    array(data: Float32Array | Int32Array): JaxArray;
    zeros(shape: number[]): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    tanh(x: JaxArray): JaxArray;
    // As many as are asked for, so that a pattern can take them apart.
    split(x: JaxArray, parts: number, axis?: number): [JaxArray, JaxArray, JaxArray, JaxArray, ...JaxArray[]];
    concatenate(parts: JaxArray[], axis: number): JaxArray;
  };
  readonly nn: {
    sigmoid(x: JaxArray): JaxArray;
    logSoftmax(x: JaxArray): JaxArray;
    oneHot(x: JaxArray, depth: number): JaxArray;
  };
  jit<F>(f: F): F;
  valueAndGrad(
    f: (p: Params, x: JaxArray, y: JaxArray) => JaxArray,
  ): (p: Params, x: JaxArray, y: JaxArray) => [JaxArray, Params];
  init(device: string): Promise<string[]>;
  defaultDevice(device: string): string;
}
