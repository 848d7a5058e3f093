import {
  ArgumentError,
  type Backend,
  compile,
  DataError,
  type DimNames,
  describe,
  download,
  type Key,
  mean,
  mul,
  type NdArray,
  ndarray,
  neg,
  OptionError,
  optionsOf,
  release,
  requireFunction,
  sub,
  type Tensor,
  uniform,
} from "@throughtime/core";
import type { ImageTensors } from "@throughtime/vision";
import type { CaptionModel } from "../model.js";
import type { CaptionReward } from "./cider-reward.js";
import { said } from "./rollout-program.js";

/** Pictures to write captions of; and, once they are written, what is learned from. */
export type SelfCriticalBatch<L> = {
  readonly images: ImageTensors<L>;
  /** Which pictures they are, for the reward: i32 [B]. */
  readonly pictures: L;
  /** What `rollout` adds: captions drawn from the model, as in a CaptionBatch, what each earned, and what the likeliest one of its picture earned. */
  readonly samples?: {
    readonly input: L;
    readonly output: L;
    readonly lengths: L;
    /** f32 [B] */
    readonly reward: L;
    /** f32 [B] */
    readonly baseline: L;
  };
};

export interface SelfCriticalOptions {
  /** The symbol that is read first, and the one that ends a caption. */
  readonly begin: number;
  readonly end: number;
  /** Words that a caption has at most, its end not counted. */
  readonly maxLength: number;
  /** Of sampled captions and of greedy ones: `ciderReward(references)`, or any other. */
  readonly reward: CaptionReward;
}

/** What goes into `train`: its rollout and its loss. P: the tree of the model's parameters. */
export interface SelfCritical<P> {
  rollout(params: unknown, batch: SelfCriticalBatch<NdArray>, key: Key): Promise<SelfCriticalBatch<NdArray>>;
  /** metrics: the mean reward of the captions drawn, and that of the greedy ones, the baseline. */
  loss(
    params: P,
    inputs: { readonly batch: SelfCriticalBatch<Tensor> },
  ): { readonly loss: Tensor; readonly metrics: { readonly reward: Tensor; readonly baseline: Tensor } };
  readonly dims: { readonly batch: DimNames };
  /** Frees what was compiled. */
  release(): void;
}

/**
 * Self-critical sequence training, after a training by cross-entropy: captions are drawn from the model, and those that earn more than
 * the model's greedy caption become likelier. Rennie et al. 2017, "Self-critical sequence training for image captioning".
 *
 *     loss = −mean over captions of [r(y) − r(ŷ)] ln p(y | picture)      y ~ p,  ŷ greedy
 *
 * Both are written on the backend, the training's own, by one Program; rewards are reckoned on the host. Nothing is dropped while it trains, so that the model which
 * draws is the one which learns; hard attention takes its `inference`, and the decoder's own part of the loss is left out. The mean is over captions: a batch's `units` are its captions. Give `train` a validation
 * loss of its own, such as the model's `evaluation`.
 *
 * Throws OptionError where maxLength is not an integer of at least 1 or a symbol is not in [0, V); `rollout` throws DataError where a reward is not finite or
 * there are not as many as captions, and what the reward throws.
 *
 * @example
 * const scst = selfCritical(backend, model, { begin: 1, end: 2, maxLength: 20, reward: ciderReward(references) });
 * train({ backend, params, source, rollout: scst.rollout, loss: scst.loss, dims: scst.dims, … });
 */
export function selfCritical<P, S, N>(
  backend: Backend,
  model: CaptionModel<P, S, N>,
  options: SelfCriticalOptions,
): SelfCritical<P> {
  const { begin, end, maxLength, reward } = optionsOf("selfCritical", options, "begin", "end", "maxLength", "reward");
  requireFunction("selfCritical: reward", reward);
  requireInteger("maxLength", maxLength, 1, Number.MAX_SAFE_INTEGER);
  for (const [name, symbol] of Object.entries({ begin, end }))
    requireInteger(name, symbol, 0, model.vocabularySize - 1);
  const T = maxLength + 1;
  const images = model.encoder.dims;
  const write = compile(
    backend,
    (params: unknown, pictures: unknown, u: Tensor) =>
      said(model, { begin, end }, params as P, pictures as ImageTensors, u),
    { dims: [null, images, [null, "B", null]] },
  );
  const rewarded = async (captions: readonly (readonly number[])[], pictures: readonly number[]): Promise<NdArray> => {
    const rewards = await reward(captions, pictures);
    if (rewards?.length !== captions.length || !rewards.every(Number.isFinite)) {
      throw new DataError(
        `selfCritical: the reward of ${captions.length} captions is ${describe(rewards)}; expected a finite number for each.`,
      );
    }
    return ndarray(Float32Array.from(rewards));
  };
  return {
    async rollout(params, batch, key) {
      const pictures = Array.from(batch.pictures.data as Int32Array);
      const B = pictures.length;
      const written = await write(params, batch.images, uniform(key, [T, B, 1]));
      const { sampled, greedy } = (await download(backend, written)) as { sampled: NdArray; greedy: NdArray };
      release(backend, written);
      const captions = captionsOf(sampled, end);
      const [earned, baseline] = [
        await rewarded(captions, pictures),
        await rewarded(captionsOf(greedy, end), pictures),
      ];
      return { ...batch, samples: { ...asTaught(captions, begin, end), reward: earned, baseline } };
    },
    loss(params, { batch: { images: seen, samples } }) {
      if (!samples) {
        throw new ArgumentError(
          "selfCritical: the batch has no samples. Give train the rollout that stands beside this loss, and validation a loss of its own.",
        );
      }
      const { input, output, lengths, reward: earned, baseline } = samples;
      const logProbability = model.logProbability(params, { images: seen, input, output, lengths }); // [B]
      const loss = neg(mean(mul(sub(earned, baseline), logProbability)));
      return { loss, metrics: { reward: mean(earned), baseline: mean(baseline) } };
    },
    dims: {
      batch: {
        images,
        pictures: ["B"],
        samples: { input: ["T", "B"], output: ["T", "B"], lengths: ["B"], reward: ["B"], baseline: ["B"] },
      },
    },
    release: () => write.release(),
  };
}

/** Captions up to their ends, the end counted; one that has none is as long as they come. said: i32 [T, B]. */
function captionsOf({ data, shape: [T = 0, B = 0] }: NdArray, end: number): number[][] {
  return Array.from({ length: B }, (_, b) => {
    const words = Array.from({ length: T }, (__, t) => data[t * B + b] as number);
    const at = words.indexOf(end);
    return at < 0 ? words : words.slice(0, at + 1);
  });
}

/** Captions as teacher forcing reads them: i32 [T, B], as long as the longest. */
function asTaught(captions: readonly (readonly number[])[], begin: number, end: number) {
  const B = captions.length;
  const T = captions.reduce((most, { length }) => Math.max(most, length), 0);
  const rows = (wordAt: (words: readonly number[], t: number) => number | undefined) =>
    ndarray(
      Int32Array.from(
        { length: T * B },
        (_, i) => wordAt(captions[i % B] as readonly number[], Math.floor(i / B)) ?? end,
      ),
      { shape: [T, B] },
    );
  return {
    input: rows((words, t) => (t === 0 ? begin : words[t - 1])),
    output: rows((words, t) => words[t]),
    lengths: ndarray(Int32Array.from(captions, ({ length }) => length)),
  };
}

function requireInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `in ${least} … ${most}`;
  throw new OptionError(`selfCritical: ${name} must be an integer ${range}, received ${value}.`, { [name]: value });
}
