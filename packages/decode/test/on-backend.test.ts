import { reference } from "@throughtime/backend-reference";
import {
  add,
  gather,
  key,
  matmul,
  type NdArray,
  ndarray,
  normal,
  softmax,
  type Tensor,
  tanh,
  type,
} from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { type BeamModel, beamSearch, beamSearcher, type Hypothesis } from "../src/index.js";

// A recurrent network over what it read: h' = tanh(h·U + E[token] + read·W), logits = h'·O; it "looks" at two places by h'.
const [V, H, D] = [5, 3, 2];
type Params = { E: Tensor; U: Tensor; W: Tensor; O: Tensor; A: Tensor };
const params = {
  ...{ E: normal(key(1), [V, H], 0, 1.5), U: normal(key(2), [H, H]), W: normal(key(3), [D, H], 0, 2) },
  ...{ O: normal(key(4), [H, V], 0, 4), A: normal(key(5), [H, 2]) },
};
const model: BeamModel<Params, { read: Tensor }, { read: Tensor }, { h: Tensor }> = {
  inputs: { read: type(["B", D]) },
  noise: { shift: ["R", null] },
  begin: ({ W }, { read }) => ({ memory: { read }, state: { h: tanh(matmul(read, W)) } }),
  step({ E, U, W, O, A }, { memory, state }, token, noise) {
    const h = tanh(add(add(matmul(state.h, U), gather(E, token)), matmul(memory.read, W)));
    const { shift } = noise as { shift?: Tensor };
    const logits = matmul(h, O);
    return { state: { h }, logits: shift ? add(logits, shift) : logits, weights: softmax(matmul(h, A)) };
  },
};
const READ = normal(key(6), [3, D], 0, 2);
const OPTIONS = { begin: 0, end: 1, never: [0], size: 3, nBest: 2, minLength: 2, maxLength: 5 };

/** The same network on the host, one row at a time. */
async function onHost(sequences: number): Promise<readonly (readonly Hypothesis[])[]> {
  const at = ({ data, shape: [, columns = 1] }: NdArray, i: number, j: number) => data[i * columns + j] as number;
  const times = (x: readonly number[], matrix: NdArray) =>
    Array.from({ length: matrix.shape[1] as number }, (_, j) =>
      x.reduce((sum, value, i) => sum + value * at(matrix, i, j), 0),
    );
  type Row = { read: number[]; h: number[] };
  const first = Array.from({ length: sequences }, (_, b): Row => {
    const read = [at(READ, b, 0), at(READ, b, 1)];
    return { read, h: times(read, params.W).map(Math.tanh) };
  });
  return beamSearch<readonly Row[]>({
    ...{ ...OPTIONS, sequences, state: first },
    async step(rows, { tokens, parents }) {
      const next = Array.from(parents, (parent, r): Row => {
        const { read, h } = rows[parent] as Row;
        const [u, w] = [times(h, params.U), times(read, params.W)];
        return {
          read,
          h: u.map((value, i) => Math.tanh(value + at(params.E, tokens[r] as number, i) + (w[i] as number))),
        };
      });
      const logged = next.flatMap(({ h }) => {
        const logits = times(h, params.O);
        const total = Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0));
        return logits.map((z) => z - total);
      });
      return { state: next, logProbabilities: Float32Array.from(logged) };
    },
  });
}

describe("beamSearcher", () => {
  test("finds what a search over the same network on the host finds, batches of every size, and frees what it held", async () => {
    const backend = reference();
    const { search, release } = await beamSearcher(backend, model, params);
    for (const sequences of [3, 1, 2]) {
      const read = { ...READ, data: READ.data.slice(0, sequences * D), shape: [sequences, D] };
      const found = await search({ read }, { ...OPTIONS, sequences });
      const expected = await onHost(sequences);
      expect(found.map((own) => own.map(({ tokens }) => tokens))).toEqual(
        expected.map((own) => own.map(({ tokens }) => tokens)),
      );
      found.forEach((own, b) => {
        own.forEach(({ logProbability, attention, tokens }, i) => {
          expect(logProbability).toBeCloseTo(expected[b]?.[i]?.logProbability as number, 4);
          expect(attention).toHaveLength(tokens.length + 1);
        });
      });
    }
    expect(new Set((await onHost(3)).map(([best]) => String(best?.tokens))).size).toBeGreaterThan(1);
    release();
    expect(backend.liveArrays()).toBe(0);
  });

  test("gives a step what was drawn for it and its rows", async () => {
    const { search, release } = await beamSearcher(reference(), model, params);
    const drawn: [step: number, rows: number][] = [];
    // Whatever the network says, the second word is 4, and then it ends.
    const noise = (step: number, rows: number) => {
      drawn.push([step, rows]);
      const word = step === 0 ? 3 : step === 1 ? 4 : 1;
      const shift = Float32Array.from({ length: rows * V }, (_, i) => (i % V === word ? 100 : 0));
      return { shift: ndarray(shift, { shape: [rows, V] }) };
    };
    const found = await search({ read: READ }, { ...OPTIONS, size: 1, nBest: 1, sequences: 3, noise });
    expect(found.map(([best]) => best?.tokens)).toEqual(Array(3).fill([3, 4]));
    expect(drawn).toEqual([0, 1, 2].map((step) => [step, 3]));
    release();
  });

  test("leaves nothing on the backend where a search fails", async () => {
    const backend = reference();
    const { search, release } = await beamSearcher(backend, model, params);
    const before = backend.liveArrays();
    await expect(search({ read: READ }, { ...OPTIONS, end: 9, sequences: 3 })).rejects.toThrow(
      "end token 9 is out of range",
    );
    await expect(search({ read: READ }, { ...OPTIONS, size: 0, sequences: 3 })).rejects.toThrow(
      "size must be an integer",
    );
    expect(backend.liveArrays()).toBe(before);
    release();
    expect(backend.liveArrays()).toBe(0);
  });
});
