import { additive, attention } from "@throughtime/attention";
import { bidirectional, gru } from "@throughtime/cells";
import { normalInitializer } from "@throughtime/nn";
import { bahdanau, type Decoder, plain, type Seq2Seq, seq2seq } from "@throughtime/seq2seq";

/** Words of the two vocabularies, the size of an embedded word, and of all states and of attention's layer. */
export interface NetworkSizes {
  readonly Vs: number;
  readonly Vt: number;
  readonly E: number;
  readonly H: number;
}

export interface NetworkOptions extends NetworkSizes {
  /** Default "additive". "none": all that the decoder knows is its first state. */
  readonly attention?: "additive" | "none";
  /** Of embedded words. Default 0. */
  readonly dropout?: number;
  /** Of what the product with the vocabulary reads. Default 0. */
  readonly outputDropout?: number;
  readonly labelSmoothing?: number;
  /** The standard deviation of the first embeddings. Default 1. */
  readonly embeddings?: number;
}

/** What every peer trains: the trees of its parameters, state and noise are its own. */
export type Network = Seq2Seq<unknown, unknown, unknown>;

/**
 * The translator that tutorials build: a bidirectional GRU, additive attention, a GRU, and the vocabulary predicted from
 * [h ; context ; word]. Bahdanau, Cho & Bengio 2015, without its maxout layer.
 */
export function translatorOf({ Vs, Vt, E, H, ...options }: NetworkOptions): Network {
  const { attention: score = "additive", dropout = 0, outputDropout = 0, labelSmoothing = 0, embeddings = 1 } = options;
  const reader = gru({ inputSize: E, hiddenSize: H });
  const decoder =
    score === "none"
      ? plain(gru({ inputSize: E, hiddenSize: H }))
      : bahdanau({
          cell: gru({ inputSize: E + 2 * H, hiddenSize: H }),
          attention: attention(additive({ querySize: H, memorySize: 2 * H })),
        });
  return seq2seq({
    ...{ sourceVocabularySize: Vs, targetVocabularySize: Vt, labelSmoothing },
    encoder: bidirectional({ forward: reader, backward: reader }),
    decoder: decoder as Decoder<unknown, unknown, unknown>,
    dropout: { embeddings: dropout, output: outputDropout },
    embeddings: normalInitializer(embeddings),
  }) as Network;
}
