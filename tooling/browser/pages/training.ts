import { type Backend, key } from "@throughtime/core";
import { charModel } from "@throughtime/language-model";
import { alphabet, lanes } from "@throughtime/text";
import { clipByNorm, sgd, train } from "@throughtime/train";

const TEXT = "Row, row, row your boat, gently down the stream. Merrily, merrily, life is but a dream. ".repeat(8);

/** Losses of an LSTM's training steps: backpropagation through time, clipping and SGD. */
export async function trainLstm(backend: Backend, steps: number): Promise<number[]> {
  const letters = alphabet(TEXT);
  const model = charModel({ cell: "lstm", hiddenSize: 8, vocabularySize: letters.size });
  const training = train({
    backend,
    params: model.init(key(1)),
    loss: model.loss,
    carry: model.initialState(2),
    optimizer: sgd({ learningRate: 0.5 }),
    clip: clipByNorm(1),
    source: lanes(letters.encode(TEXT), { batch: 2, time: 2 }),
    steps,
  });
  const losses: number[] = [];
  for await (const { loss } of training) losses.push(loss);
  return losses;
}
