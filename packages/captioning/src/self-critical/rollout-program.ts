import { argmax, type Dim, equal, full, iota, or, scan, select, softmax, type Tensor } from "@throughtime/core";
import type { ImageTensors } from "@throughtime/vision";
import { draw } from "../draw.js";
import type { CaptionModel } from "../model.js";

/** Captions as they were said, time first, i32 [T, B]; after a caption's end stand further ends. */
export interface Said {
  readonly sampled: Tensor;
  readonly greedy: Tensor;
}

/**
 * Writes a caption of each picture by drawing every word from the model, and one by taking the likeliest. u: [T, B, 1], in [0, 1): what
 * words are drawn with; T is the longest a caption becomes, its end counted.
 */
export function said<P, S, N>(
  model: CaptionModel<P, S, N>,
  { begin, end }: { readonly begin: number; readonly end: number },
  params: P,
  images: ImageTensors,
  u: Tensor,
): Said {
  const [T, B] = u.shape as readonly [Dim, Dim];
  const { memory, state } = model.begin(params, images);
  const first = { state, word: full([B], begin, "i32"), ended: full([B], 0, "bool") };
  type Carry = typeof first;
  const write = (choose: (logits: Tensor, x: Tensor) => Tensor, xs: Tensor): Tensor =>
    scan(
      (carry: Carry, x: Tensor): [Carry, Tensor] => {
        const { logits, state: next } = model.step(params, { memory, state: carry.state }, carry.word);
        const word = select(carry.ended, end, choose(logits, x)); // [B]
        return [{ state: next, word, ended: or(carry.ended, equal(word, end)) }, word];
      },
      first,
      xs,
    )[1];
  return {
    sampled: write((logits, x) => draw(softmax(logits), x), u),
    greedy: write((logits) => argmax(logits), iota(T)),
  };
}
