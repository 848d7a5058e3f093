import { type Key, key, type NdArray, ndarray, normal, randomBits, splitKey, uniform } from "@throughtime/core";
import { type CellName, type Config, V } from "./config.js";

/** Initial weights and a batch by name, in the layouts that `Task.inputs` describes. */
export type Inputs = Readonly<Record<string, NdArray>>;

/** The same for all peers: uniform ±1/√H, and N(0, 1) for the embedding, as PyTorch begins. Equal seeds give equal inputs. */
export function makeInputs(cell: CellName, { B, T, H }: Config, seed = 0): Inputs {
  const keys = splitKey(key(seed), 10);
  const G = cell === "gru" ? 3 : 4;
  const weights = (k: Key, ...shape: number[]) => uniform(k, shape, -1 / Math.sqrt(H), 1 / Math.sqrt(H));
  const tokens = (k: Key) =>
    ndarray(
      Int32Array.from(randomBits(k, T * B), (bits) => bits % V),
      { shape: [T, B] },
    );
  return {
    E: normal(keys[0], [V, H]),
    W: weights(keys[1], H, G * H),
    U: weights(keys[2], H, G * H),
    b: weights(keys[3], G * H),
    ...(cell === "gru" ? { bn: weights(keys[4], H) } : {}),
    ...(cell === "custom" ? { p: weights(keys[5], 3 * H) } : {}),
    Wo: weights(keys[6], H, V),
    bo: weights(keys[7], V),
    tokens: tokens(keys[8]),
    targets: tokens(keys[9]),
  };
}

/** Two square matrices, uniform ±1. */
export function makeMatrices(N: number, seed = 0): Inputs {
  const [a, b] = splitKey(key(seed), 2);
  return { a: uniform(a, [N, N], -1, 1), b: uniform(b, [N, N], -1, 1) };
}
