import type { HostTree } from "@throughtime/cells";
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
import type { CaptionCarry } from "../decoders/decoder.js";
import type { CaptionBatch, CaptionModel } from "../model.js";
import type { CaptionReward } from "./cider-reward.js";
import { said } from "./rollout-program.js";

/**
 * Pictures to draw captions of, known by `pictures`; or, without `pictures`, a CaptionBatch, which is learned as it is. So a source may begin with
 * the one and go on with the other.
 */
export type SelfCriticalBatch<L> = Partial<Omit<CaptionBatch<L>, "images">> & {
  readonly images: ImageTensors<L>;
  /** Which pictures they are, for the reward: i32 [B]. */
  readonly pictures?: L;
  /** What `rollout` adds to captions that it drew: what each earned, and what the greedy one of its picture earned. f32 [B]. */
  readonly earned?: { readonly reward?: L; readonly baseline?: L };
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

/** What goes into `train` in place of the model's own. P: the tree of the model's parameters, N: of its noise. */
export interface SelfCritical<P, N> {
  rollout(params: unknown, batch: SelfCriticalBatch<NdArray>, key: Key): Promise<SelfCriticalBatch<NdArray>>;
  /** metrics: the mean reward of the captions drawn, and that of the greedy ones, the baseline. Of a CaptionBatch it is the model's loss. */
  loss(
    params: P,
    inputs: { readonly batch: SelfCriticalBatch<Tensor>; readonly carry?: unknown; readonly noise?: unknown },
  ): { readonly loss: Tensor; readonly carry: CaptionCarry; readonly metrics: Readonly<Record<string, Tensor>> };
  /** The model's, for a CaptionBatch; nothing for captions that were drawn. */
  noise(key: Key, batch: SelfCriticalBatch<NdArray>): HostTree<N> | Record<string, never>;
  readonly dims: { readonly batch: DimNames; readonly noise: DimNames };
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
 * draws is the one which learns; hard attention takes its `inference`, and the decoder's own part of the loss is left out. The mean is over captions. Validate by the
 * model's `evaluation`, with `dims: { batch: model.dims.batch }`.
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
): SelfCritical<P, N> {
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
    async rollout(params, { pictures: known, ...batch }, key) {
      if (!known) return { ...batch, earned: {} };
      const pictures = Array.from(known.data, Number);
      const written = await write(params, batch.images, uniform(key, [T, pictures.length, 1]));
      const { sampled, greedy } = (await download(backend, written)) as { sampled: NdArray; greedy: NdArray };
      release(backend, written);
      const captions = captionsOf(sampled, end);
      const [earned, baseline] = [
        await rewarded(captions, pictures),
        await rewarded(captionsOf(greedy, end), pictures),
      ];
      return { images: batch.images, ...asTaught(captions, begin, end), earned: { reward: earned, baseline } };
    },
    loss(params, { batch: { earned, pictures, ...words }, ...rest }) {
      if (pictures) {
        throw new ArgumentError(
          "selfCritical: no captions were drawn of the batch. Give train the rollout that stands beside this loss.",
        );
      }
      const batch = words as CaptionBatch<Tensor>;
      if (!earned?.reward || !earned.baseline) return model.loss(params, { batch, ...rest });
      const { reward: own, baseline } = earned;
      const loss = neg(mean(mul(sub(own, baseline), model.logProbability(params, batch))));
      const carry = (rest.carry ?? model.carry) as CaptionCarry;
      return { loss, carry, metrics: { reward: mean(own), baseline: mean(baseline) } };
    },
    noise: (key, batch) => (batch.earned?.reward ? {} : model.noise(key, batch as CaptionBatch<NdArray>)),
    dims: {
      batch: { ...(model.dims.batch as object), earned: { reward: ["B"], baseline: ["B"] } },
      noise: model.dims.noise,
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
