import {
  drawNoise,
  type HostTree,
  masked,
  maskSource,
  type NoiseSource,
  noiseDims,
  requireNoise,
  unrollSteps,
} from "@throughtime/cells";
import {
  ArgumentError,
  add,
  cast,
  crossEntropy,
  type Dim,
  describe,
  div,
  expandDims,
  isTensor,
  mapTree,
  neg,
  reshape,
  select,
  splitKey,
  sum,
  type Tensor,
  type Tree,
} from "@throughtime/core";
import {
  embedding,
  liveEntries,
  meanOverWords,
  normalInitializer,
  smoothedCrossEntropy,
  wordAccuracy,
  wordOutput,
} from "@throughtime/nn";
import type { CaptionCarry, Captioned } from "./decoders/decoder.js";
import type { CaptionBatch, CaptionModel, CaptionNoise, CaptionParams } from "./model.js";
import { type CaptionModelOptions, checkOptions } from "./options.js";

/**
 * A model from pictures to captions, made of an encoder and a decoder:
 *
 *     memory, state_0 = start(encode(picture))
 *     state_t, o_t = decoder(E[y_{t−1}], state_{t−1}, memory)     logits_t = o_t·W + b
 *
 * Throws OptionError where sizes do not fit each other, ArgumentError for an option that there is not.
 *
 * @example
 * captionModel({
 *   encoder: cnn({ size: [64, 64] }), // a grid of 8 · 8 vectors of size 128
 *   decoder: softAttention({
 *     cell: lstm({ inputSize: 64 + 128, hiddenSize: 256 }),
 *     attention: attention(additive({ querySize: 256, memorySize: 128 })),
 *   }),
 *   vocabularySize: 30,
 * });
 */
export function captionModel<PE, PD, S, N>(
  options: CaptionModelOptions<PE, PD, S, N>,
): CaptionModel<CaptionParams<PE, PD>, S, CaptionNoise<N>> {
  checkOptions(options);
  const { encoder, decoder, vocabularySize, readoutSize, tied = "none", dropout = {}, labelSmoothing = 0 } = options;
  type Params = CaptionParams<PE, PD>;
  type Noise = CaptionNoise<N>;

  const E = decoder.inputSize;
  const initializer = options.embeddings ?? (tied === "none" ? undefined : normalInitializer(E ** -0.5));
  const words = embedding({ vocabularySize, size: E, ...(initializer ? { initializer } : {}) });
  const output = wordOutput("captionModel", {
    ...{ inputSize: decoder.outputSize, readoutSize, embeddingSize: E, vocabularySize },
    tied: tied !== "none",
  });
  const mask = (rate: number | undefined, size: number) =>
    rate ? maskSource({ rate, size, per: dropout.masks ?? "step" }) : undefined;
  const [wordMask, outputMask] = [mask(dropout.embeddings, E), mask(dropout.output, output.size)];
  const noise: Tree<NoiseSource> = {
    ...(wordMask ? { words: wordMask } : {}),
    ...(outputMask ? { output: outputMask } : {}),
    decoder: decoder.noise ?? {},
  };
  const sources = { name: "the model", noise };
  const carry = decoder.carry ?? {};

  const begin: CaptionModel<Params, S, Noise>["begin"] = (params, images) =>
    decoder.start(params.decoder, encoder.encode(params.encoder, images));

  /** Teacher forcing: every word is predicted from the true ones before it. → logits [T, B, V], and what the steps traced */
  const forced = (params: Params, batch: CaptionBatch<Tensor>, live: Tensor, own?: Noise) => {
    const { memory, state } = begin(params, batch.images);
    // What stands past the end is decoded too: nothing is made of it, but 0 times the derivative of a NaN would be NaN.
    const read = select(expandDims(live, { axis: 2 }), words.apply(params.words, batch.input), 0);
    const cell = {
      noise: decoder.noise ?? {},
      step(p: PD, s: S, x: Tensor, n?: N): [S, Pick<Captioned<S>, "output" | "traces">] {
        const { state: next, output: o, traces = {} } = decoder.step(p, s, x, memory, n);
        return [next, { output: o, traces }];
      },
    };
    const xs = masked(own?.words, read); // [T, B, E]
    const { outputs } = unrollSteps(cell, params.decoder, xs, { state, noise: own?.decoder });
    // Nothing feeds it back, so the product with the vocabulary is one for all words.
    const z = masked(own?.output, output.read(params, outputs.output)); // [T, B, O]
    return { logits: output.logits(params, params.words.E, z), traces: outputs.traces ?? {} };
  };

  return {
    vocabularySize,
    encoder,
    decoder,
    carry,
    init(key) {
      const [ke, kw, kd, ko] = splitKey(key, 4);
      return {
        ...{ encoder: encoder.init(ke), words: words.init(kw), decoder: decoder.init(kd) },
        ...output.init(ko),
      } as HostTree<Params>;
    },
    noise(key, batch) {
      const [T, B] = batch.input.shape as readonly [number, number];
      return drawNoise({ noise }, key, { T, B }) as HostTree<Noise>;
    },
    dims: {
      batch: { images: encoder.dims, input: ["T", "B"], output: ["T", "B"], lengths: ["B"] },
      noise: noiseDims({ noise }) as NonNullable<ReturnType<typeof noiseDims>>,
    },
    loss(params, { batch, carry: before = carry, noise: given }) {
      requireBatch(batch);
      const own = requireNoise("captionModel: loss", sources, given as Noise | "none" | undefined);
      const live = liveEntries("captionModel", batch.output.shape[0] as Dim, batch.lengths);
      const { logits, traces } = forced(params, batch, live, own);
      const smoothed = meanOverWords(smoothedCrossEntropy(logits, batch.output, labelSmoothing), live);
      if (decoder.penalty === undefined && labelSmoothing === 0) {
        return { loss: smoothed, carry: before as CaptionCarry, metrics: {} };
      }
      const each = select(live, crossEntropy(logits, batch.output), 0); // [T, B]
      const counts = cast(live, "f32");
      const metrics = { crossEntropy: div(sum(each), sum(counts)) };
      if (decoder.penalty === undefined) return { loss: smoothed, carry: before as CaptionCarry, metrics };
      const penalty = decoder.penalty({
        logProbabilities: neg(each),
        live,
        traces: mapTree(traces, isTensor, (trace: Tensor) => select(alongTime(live, trace), trace, 0)) as typeof traces,
        carry: before as CaptionCarry,
      });
      return {
        loss: add(smoothed, div(sum(penalty.captions), sum(counts))),
        carry: penalty.carry ?? (before as CaptionCarry),
        metrics,
      };
    },
    evaluation(params, { batch, carry: before = carry }) {
      requireBatch(batch);
      const live = liveEntries("captionModel", batch.output.shape[0] as Dim, batch.lengths);
      const { logits } = forced(params, batch, live);
      return {
        loss: meanOverWords(crossEntropy(logits, batch.output), live),
        carry: before as CaptionCarry,
        metrics: { accuracy: wordAccuracy(logits, batch.output, live) },
      };
    },
    logProbability(params, batch) {
      requireBatch(batch);
      const live = liveEntries("captionModel", batch.output.shape[0] as Dim, batch.lengths);
      const { logits } = forced(params, batch, live);
      return neg(sum(select(live, crossEntropy(logits, batch.output), 0), { axis: 0 }));
    },
    begin,
    step(params, { memory, state }, word, given) {
      const x = words.apply(params.words, word);
      const written = decoder.step(params.decoder, state, x, memory, given as N | undefined);
      const logits = output.logits(params, params.words.E, output.read(params, written.output));
      return { logits, state: written.state, ...(written.weights ? { weights: written.weights } : {}) };
    },
  };
}

/** live [T, B] with an axis of 1 for each further one of what it masks. */
const alongTime = (live: Tensor, values: Tensor): Tensor =>
  reshape(live, [...live.shape, ...values.shape.slice(2).map(() => 1)]);

const BATCH = ["images", "input", "output", "lengths"] as const;

/** Throws ArgumentError where a batch lacks what every one has. */
function requireBatch(batch: CaptionBatch<Tensor>): void {
  const missing = BATCH.find((name) => batch?.[name] === undefined);
  if (missing === undefined) return;
  throw new ArgumentError(
    `captionModel: the batch lacks ${missing}; expected { ${BATCH.join(", ")} }, received ${describe(batch)}.`,
    { missing },
  );
}
