// A small model for all tests of the loop: an Elman network over [T, B] symbols with carried state, written in core's ops.
import {
  add,
  crossEntropy,
  type Dim,
  foldIn,
  gather,
  key,
  matmul,
  mean,
  mul,
  type NdArray,
  ndarray,
  normal,
  scan,
  type Tensor,
  tanh,
  uniform,
  zeros,
  zerosArray,
} from "@throughtime/core";
import { type LossInputs, type LossResult, type Source, type Symbolic, sourceOf } from "../../src/index.js";

export const V = 5;
export const H = 4;
export const B = 3;
export const T = 6;

export type Params = { readonly E: NdArray; readonly U: NdArray; readonly b: NdArray; readonly out: NdArray };
export type Chunk = { readonly x: NdArray; readonly y: NdArray };
export type Carry = { readonly h: NdArray };
export type Noise = { readonly mask: NdArray };

export const params = (seed = 1): Params => {
  const at = (i: number, shape: number[]) => normal(foldIn(key(seed), i), shape, 0, 0.4);
  return { E: at(0, [V, H]), U: at(1, [H, H]), b: zerosArray([H]), out: at(2, [H, V]) };
};

export const carry: Carry = { h: zerosArray([B, H]) };

export function loss(
  p: Symbolic<Params>,
  { batch, carry: c, noise }: LossInputs<Chunk, Carry, Noise>,
): LossResult<Carry> {
  const { nll, hs, last } = unrolled(p, c, batch, noise === "none" ? undefined : noise);
  return { loss: mean(nll), carry: last, metrics: { energy: mean(mul(hs, hs)) } };
}

/** The same model, beginning anew in every batch, of whatever size. */
export function freshLoss(p: Symbolic<Params>, { batch }: { readonly batch: Symbolic<Chunk> }): LossResult<unknown> {
  const { nll, hs } = unrolled(p, { h: zeros([batch.x.shape[1] as Dim, H]) }, batch);
  return { loss: mean(nll), metrics: { energy: mean(mul(hs, hs)) } };
}

export function unrolled(p: Symbolic<Params>, c: Symbolic<Carry>, batch: Symbolic<Chunk>, noise?: Symbolic<Noise>) {
  const step = ({ h }: { h: Tensor }, x: Tensor): [{ h: Tensor }, Tensor] => {
    const next = tanh(add(gather(p.E, x), matmul(h, p.U), p.b)); // [B, H]
    return [{ h: next }, next];
  };
  const [last, hs] = scan(step, c, batch.x);
  const nll = crossEntropy(matmul(noise ? mul(hs, noise.mask) : hs, p.out), batch.y); // [T, B]
  return { nll, hs, last };
}

/** A text with a pattern, in B lanes; chunk `index` is [T, B] of it. */
export function chunk(index: number, steps = T, lanes = B): Chunk {
  const symbol = (t: number, lane: number) => (t * t + 2 * lane + (t >> 2)) % V;
  const at = (shift: number) =>
    Int32Array.from({ length: steps * lanes }, (_, i) => symbol(index * T + Math.floor(i / lanes) + shift, i % lanes));
  return { x: ndarray(at(0), { shape: [steps, lanes] }), y: ndarray(at(1), { shape: [steps, lanes] }) };
}

export const chunks = (stepsPerEpoch = 4): Source<Chunk> =>
  sourceOf({ stepsPerEpoch, batchAt: (index) => chunk(index), units: ({ x }) => x.data.length });

export const mask = (k: readonly [number, number]): Noise => ({ mask: uniform(k, [T, B, H], 0.5, 1.5) });
