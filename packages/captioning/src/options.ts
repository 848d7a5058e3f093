import type { NoiseSource } from "@throughtime/cells";
import { ArgumentError, describe, OptionError, optionsOf } from "@throughtime/core";
import { type Initializer, requireOneOf, requirePositive } from "@throughtime/nn";
import type { ImageEncoder } from "@throughtime/vision";
import type { CaptionDecoder } from "./decoders/decoder.js";

export interface CaptionModelOptions<PE, PD, S, N> {
  /** What makes features of pictures: `cnn`, which trains with the decoder, or `precomputed`. */
  readonly encoder: ImageEncoder<PE>;
  /** What writes. Its inputSize is the size of an embedded word. */
  readonly decoder: CaptionDecoder<PD, S, N>;
  /** V */
  readonly vocabularySize: number;
  /** The size of a layer with tanh between the decoder's output and the vocabulary. Default: no such layer. */
  readonly readoutSize?: number;
  /** "output": the product with the vocabulary uses the words' table. Default "none". */
  readonly tied?: "none" | "output";
  readonly dropout?: {
    /** Of embedded words. Default 0. */
    readonly embeddings?: number;
    /** Of what the product with the vocabulary reads. Default 0. */
    readonly output?: number;
    /** "sequence": one mask for all words of a caption (Gal & Ghahramani 2016). Default "step". */
    readonly masks?: NoiseSource["per"];
  };
  /** ε: how much of the target's probability is spread over the whole vocabulary (Szegedy et al. 2016). Default 0. */
  readonly labelSmoothing?: number;
  /** How the table of embeddings starts. Default: N(0, 1) as `embedding`; N(0, 1/E) where the output is tied to it. */
  readonly embeddings?: Initializer;
}

const OPTIONS = [
  ...(["encoder", "decoder", "vocabularySize", "readoutSize", "tied", "dropout", "labelSmoothing"] as const),
  "embeddings",
] as const;

/** Throws ArgumentError for options that there are not, OptionError where sizes do not fit each other or a rate is not in [0, 1). */
export function checkOptions<PE, PD, S, N>(options: CaptionModelOptions<PE, PD, S, N>): void {
  const { encoder, decoder, vocabularySize, tied = "none" } = optionsOf("captionModel", options, ...OPTIONS);
  const { dropout = {}, labelSmoothing = 0 } = options;
  requireMethod("encoder", encoder, "encode", "one, as cnn({ size: [64, 64] }) makes");
  requireMethod("decoder", decoder, "start", "one, as topDown({ cell, pooledSize }) makes");
  optionsOf("captionModel: dropout", dropout, "embeddings", "output", "masks");
  requirePositive("captionModel", { vocabularySize });
  requireOneOf("captionModel", { tied }, ["none", "output"]);
  requireOneOf("captionModel", { masks: dropout.masks ?? "step" }, ["step", "sequence"]);
  for (const size of ["gridSize", "pooledSize"] as const) {
    if (decoder[size] === undefined || decoder[size] === encoder[size]) continue;
    throw new OptionError(
      `captionModel: ${encoder.name} has ${size} ${encoder[size]}, but ${decoder.name} was built for ${decoder[size]}. Build it for ${encoder[size]}.`,
      { expected: encoder[size], received: decoder[size] },
    );
  }
  const rates = { embeddings: dropout.embeddings ?? 0, output: dropout.output ?? 0, labelSmoothing };
  for (const [name, rate] of Object.entries(rates)) {
    if (rate >= 0 && rate < 1) continue;
    throw new OptionError(`captionModel: ${name} must be in [0, 1), received ${rate}.`, { [name]: rate });
  }
}

function requireMethod(place: string, part: unknown, method: string, expected: string): void {
  if (typeof (part as Readonly<Record<string, unknown>> | null | undefined)?.[method] === "function") return;
  throw new ArgumentError(`captionModel: ${place} is ${describe(part)}; expected ${expected}.`);
}
