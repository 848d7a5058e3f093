import {
  drawNoise,
  type HostTree,
  masked,
  maskSource,
  type NoiseSource,
  noiseDims,
  requireNoise,
  stateLeaves,
  unroll,
  unrollSteps,
} from "@throughtime/cells";
import {
  and,
  argmax,
  type Dim,
  expandDims,
  flattenTree,
  greaterEqual,
  isTensor,
  less,
  optionsOf,
  select,
  slice,
  splitKey,
  squeeze,
  type Tensor,
  type Tree,
  unflattenTree,
  uniform,
} from "@throughtime/core";
import {
  checkedLengths,
  embedding,
  liveEntries,
  meanOverWords,
  normalInitializer,
  requirePositive,
  smoothedCrossEntropy,
  wordAccuracy,
  wordOutput,
} from "@throughtime/nn";
import { linearBridge } from "./bridges/linear.js";
import type { Encoded, Seq2Seq, Seq2SeqBatch, Seq2SeqNoise, Seq2SeqParams } from "./model.js";
import { checkOptions, OPTIONS, type Seq2SeqOptions } from "./options.js";
import { requireBatch, requireTruth } from "./require-batch.js";

/**
 * A model from sequences to sequences, made of an encoder, a bridge and a decoder:
 *
 *     memory, s = unroll(encoder, E[source])     state_0 = bridge(s)
 *     state_t, o_t = decoder(E[y_{t−1}], state_{t−1}, memory)     logits_t = o_t·W + b
 *
 * Throws OptionError where sizes or states do not fit each other, ArgumentError for an option that there is not.
 *
 * @example
 * seq2seq({
 *   sourceVocabularySize: 8000, targetVocabularySize: 6000,
 *   encoder: bidirectional({ forward: gru({ inputSize: 256, hiddenSize: 512 }), backward: gru({ inputSize: 256, hiddenSize: 512 }) }),
 *   decoder: bahdanau({
 *     cell: gru({ inputSize: 256 + 1024, hiddenSize: 512 }),
 *     attention: attention(additive({ querySize: 512, memorySize: 1024 })),
 *   }),
 * });
 */
export function seq2seq<PE, SE, NE, PD, SD, ND>(
  options: Seq2SeqOptions<PE, SE, NE, PD, SD, ND>,
): Seq2Seq<Seq2SeqParams<PE, PD>, SD, Seq2SeqNoise<NE, ND>> {
  const {
    sourceVocabularySize,
    targetVocabularySize,
    encoder,
    decoder,
    reading = "forwards",
  } = optionsOf("seq2seq", options, ...OPTIONS);
  const {
    bridge = linearBridge(),
    readoutSize,
    tied = "none",
    dropout = {},
    labelSmoothing = 0,
    sampling = "none",
  } = options;
  type Params = Seq2SeqParams<PE, PD>;
  type Noise = Seq2SeqNoise<NE, ND>;
  optionsOf("seq2seq: dropout", dropout, "embeddings", "output", "masks");
  requirePositive("seq2seq", { sourceVocabularySize, targetVocabularySize });
  checkOptions(options);

  const initializer =
    options.embeddings ?? (tied === "none" ? undefined : normalInitializer(decoder.inputSize ** -0.5));
  const table = (vocabularySize: number, size: number) =>
    embedding({ vocabularySize, size, ...(initializer ? { initializer } : {}) });
  const source = table(sourceVocabularySize, encoder.inputSize);
  const target = table(targetVocabularySize, decoder.inputSize);
  const output = wordOutput("seq2seq", {
    ...{ inputSize: decoder.outputSize, readoutSize, embeddingSize: decoder.inputSize },
    ...{ vocabularySize: targetVocabularySize, tied: tied !== "none" },
  });
  const first = (batch: Dim) => flattenTree(decoder.initialCellState(batch), isTensor);
  const built = bridge.build(
    stateLeaves("seq2seq", (batch) => encoder.initialState(batch)),
    stateLeaves("seq2seq", (batch) => decoder.initialCellState(batch)),
  );

  const mask = (rate: number | undefined, size: number) =>
    rate ? maskSource({ rate, size, per: dropout.masks ?? "step" }) : undefined;
  const encoderNoise: { noise: Tree<NoiseSource> } = {
    noise: given({ words: mask(dropout.embeddings, encoder.inputSize), cell: encoder.noise ?? {} }),
  };
  const decoderNoise: { noise: Tree<NoiseSource> } = {
    noise: given({
      words: mask(dropout.embeddings, decoder.inputSize),
      output: mask(dropout.output, output.size),
      coin: sampling === "none" ? undefined : COIN,
      cell: decoder.noise ?? {},
    }),
  };

  const sources = { name: "the model", noise: { encode: encoderNoise.noise, decode: decoderNoise.noise } };

  const encode = (params: Params, words: Tensor, counts: Tensor, noise?: Noise["encode"]): Encoded<SD> => {
    const lengths = checkedLengths("seq2seq", words.shape[0] as Dim, counts);
    const xs = masked(noise?.words, source.apply(params.source ?? params.target, words)); // [S, B, E]
    const how = { lengths, reverse: reading === "backwards", noise: noise ? noise.cell : ("none" as const) };
    const { outputs, state } = unroll(encoder, params.encoder, xs, how); // [S, B, M]
    const initial = first(words.shape[1] as Dim);
    const leaves = built.apply(params.bridge, flattenTree(state, isTensor).leaves, initial.leaves);
    const memory = decoder.prepare(params.decoder, outputs, lengths);
    return { memory, state: decoder.start(unflattenTree(initial.structure, leaves) as SD, memory) };
  };

  /** Teacher forcing: every word is predicted from the true ones before it. → logits [T, B, V] */
  const forced = (params: Params, batch: Seq2SeqBatch<Tensor>, live: Tensor, noise?: Noise): Tensor => {
    const { memory, state } = encode(params, batch.source, batch.sourceLengths, noise?.encode);
    // What stands past the end is decoded too: nothing is made of it, but 0 times the derivative of a NaN would be NaN.
    const words = select(expandDims(live, { axis: 2 }), target.apply(params.target, batch.input), 0);
    const xs = masked(noise?.decode.words, words); // [T, B, E]
    const cell = {
      noise: decoder.noise ?? {},
      step(p: PD, s: typeof state, x: Tensor, n?: ND): [typeof state, Tensor] {
        const decoded = decoder.step(p, s, x, memory, n);
        return [decoded.state, decoded.output];
      },
    };
    const { outputs } = unrollSteps(cell, params.decoder, xs, { state, noise: noise?.decode.cell }); // [T, B, O]
    // Nothing feeds it back, so the product with the vocabulary is one for all words.
    return output.logits(params, params.target.E, masked(noise?.decode.output, output.read(params, outputs)));
  };

  /** The decoder reads the true word where its coin falls below truth, else what it would have said itself. */
  const sampled = (params: Params, batch: Seq2SeqBatch<Tensor>, live: Tensor, truth: Tensor, noise: Noise): Tensor => {
    const { memory, state } = encode(params, batch.source, batch.sourceLengths, noise.encode);
    type Carry = { state: typeof state; said: Tensor };
    const cell = {
      ...decoderNoise,
      step(p: Params, carry: Carry, word: Tensor, masks?: Noise["decode"]): [Carry, Tensor] {
        const coin = squeeze(masks?.coin as Tensor, { axis: 1 }); // [B]
        const counts = greaterEqual(word, 0); // [B]
        const read = select(and(counts, less(coin, truth)), word, carry.said);
        const x = masked(masks?.words, select(expandDims(counts, { axis: 1 }), target.apply(p.target, read), 0));
        const decoded = decoder.step(p.decoder, carry.state, x, memory, masks?.cell);
        const logits = output.logits(p, p.target.E, masked(masks?.output, output.read(p, decoded.output))); // [B, V]
        return [{ state: decoded.state, said: argmax(logits) }, logits];
      },
    };
    // Before the first word stands the begin symbol, whatever the coin says.
    const first: Carry = { state, said: squeeze(slice(batch.input, { axis: 0, start: 0, end: 1 }), { axis: 0 }) };
    return unrollSteps(cell, params, select(live, batch.input, PAST), { state: first, noise: noise.decode }).outputs;
  };

  return {
    sourceVocabularySize,
    targetVocabularySize,
    init(key) {
      const [ks, ke, kb, kt, kd, ko] = splitKey(key, 6);
      return {
        ...(tied === "all" ? {} : { source: source.init(ks) }),
        encoder: encoder.init(ke),
        bridge: built.init(kb),
        target: target.init(kt),
        decoder: decoder.init(kd),
        ...output.init(ko),
      } as HostTree<Params>;
    },
    noise(key, batch) {
      const [ke, kd] = splitKey(key);
      const [S, B] = batch.source.shape as readonly [number, number];
      const T = batch.input.shape[0] as number;
      return {
        encode: drawNoise(encoderNoise, ke, { T: S, B }),
        decode: drawNoise(decoderNoise, kd, { T, B }),
      } as HostTree<Noise>;
    },
    dims: {
      batch: { source: ["S", "B"], sourceLengths: ["B"], input: ["T", "B"], output: ["T", "B"], lengths: ["B"] },
      noise: { encode: noiseDims(encoderNoise, "S"), decode: noiseDims(decoderNoise) },
    },
    loss(params, { batch, noise }) {
      requireBatch(batch);
      const own = requireNoise("seq2seq: loss", sources, noise as Noise | "none" | undefined);
      requireTruth(sampling, batch.truth, own !== undefined);
      const live = liveEntries("seq2seq", batch.output.shape[0] as Dim, batch.lengths);
      const { truth } = batch;
      const logits =
        truth && own?.decode.coin ? sampled(params, batch, live, truth, own) : forced(params, batch, live, own);
      return { loss: meanOverWords(smoothedCrossEntropy(logits, batch.output, labelSmoothing), live) };
    },
    evaluation(params, { batch }) {
      requireBatch(batch);
      const live = liveEntries("seq2seq", batch.output.shape[0] as Dim, batch.lengths);
      const logits = forced(params, batch, live);
      return {
        loss: meanOverWords(smoothedCrossEntropy(logits, batch.output, 0), live),
        metrics: { accuracy: wordAccuracy(logits, batch.output, live) },
      };
    },
    encode: (params, words, lengths) => encode(params, words, lengths),
    step(params, { memory, state }, word) {
      const decoded = decoder.step(params.decoder, state, target.apply(params.target, word), memory);
      const logits = output.logits(params, params.target.E, output.read(params, decoded.output));
      return { logits, state: decoded.state, ...(decoded.weights ? { weights: decoded.weights } : {}) };
    },
  };
}

/** A number in [0, 1) for each word: [T, B, 1]. */
const COIN: NoiseSource = { kind: "noise", per: "step", size: 1, draw: (key, shape) => uniform(key, shape) };

/** Stands for a word past the end of its sentence, where a decoder chooses what it reads. */
const PAST = -1;

/** Without the entries that are undefined. */
const given = (sources: Readonly<Record<string, Tree<NoiseSource> | undefined>>): Tree<NoiseSource> =>
  Object.fromEntries(Object.entries(sources).filter(([, value]) => value !== undefined)) as Tree<NoiseSource>;
