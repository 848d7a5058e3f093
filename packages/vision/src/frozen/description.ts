import { CheckpointError, DataError, describe, quote } from "@throughtime/core";
import type { OnnxRuntime } from "@throughtime/onnx";
import { sha256 } from "../digest.js";
import { type Preprocessing, readPreprocessing } from "../preprocessing.js";
import { type FrozenEncoder, frozenEncoder } from "./frozen-encoder.js";
import type { MapLayout } from "./grids.js";

/** All that a frozen encoder's features depend on, and their sizes: plain JSON, which a model file of a decoder keeps. */
export interface FrozenDescription {
  /** Of the ONNX file. */
  readonly sha256: string;
  readonly taps: readonly string[];
  readonly mapLayout?: MapLayout;
  readonly preprocessing: Preprocessing;
  readonly height: number;
  readonly width: number;
  readonly gridSize: number;
  readonly pooledSize: number;
}

const SIZES = ["height", "width", "gridSize", "pooledSize"] as const;
const FIELDS: readonly string[] = ["sha256", "taps", "mapLayout", "preprocessing", ...SIZES];
/** Beyond these, a description is not of a network for pictures. */
const MOST_SIZE = 2 ** 24;
const MOST_TAPS = 64;
const MOST_NAME = 4096;

/** A description from a file. Throws DataError where it is anything else; `place` begins its message. */
export function readFrozenDescription(value: unknown, place = "readFrozenDescription"): FrozenDescription {
  const wrong = (what: string) => new DataError(`${place}: ${what}`);
  if (typeof value !== "object" || value === null)
    throw wrong(`the encoder is ${describe(value)}; expected an object.`);
  const given = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw wrong(`an encoder has no field ${quote(unknown)}; expected ${FIELDS.join(", ")}.`);
  const { sha256: digest, taps, mapLayout } = given;
  if (typeof digest !== "string" || !/^[0-9a-f]{64}$/.test(digest)) throw wrong("the encoder's sha256 is no SHA-256.");
  const isName = (tap: unknown) => typeof tap === "string" && tap !== "" && tap.length <= MOST_NAME;
  if (!Array.isArray(taps) || taps.length === 0 || taps.length > MOST_TAPS || !taps.every(isName)) {
    throw wrong(`the encoder's taps are ${describe(taps)}; expected 1 to ${MOST_TAPS} names.`);
  }
  if (mapLayout !== undefined && mapLayout !== "chw" && mapLayout !== "hwc") {
    throw wrong(`the encoder's mapLayout is ${describe(mapLayout)}; expected "chw" or "hwc".`);
  }
  const size = (name: (typeof SIZES)[number]): number => {
    const given = (value as Readonly<Record<string, unknown>>)[name];
    if (Number.isInteger(given) && (given as number) >= 1 && (given as number) <= MOST_SIZE) return given as number;
    throw wrong(`the encoder's ${name} is ${describe(given)}; expected a whole number from 1 to ${MOST_SIZE}.`);
  };
  return {
    ...{ sha256: digest, taps: [...(taps as string[])], ...(mapLayout && { mapLayout }) },
    preprocessing: readPreprocessing(given.preprocessing, `${place}: the encoder`),
    ...{ height: size("height"), width: size("width"), gridSize: size("gridSize"), pooledSize: size("pooledSize") },
  };
}

/**
 * The encoder that a description is of, from its file again. Throws CheckpointError where the file is another one, or its features have other
 * sizes, and what `frozenEncoder` throws.
 */
export async function openFrozenEncoder(
  description: FrozenDescription,
  { model, runtime }: { readonly model: Uint8Array; readonly runtime: OnnxRuntime },
): Promise<FrozenEncoder> {
  const { taps, mapLayout, preprocessing } = description;
  const digest = await sha256(model);
  if (digest !== description.sha256) {
    throw new CheckpointError(
      `openFrozenEncoder: this is another encoder: its SHA-256 is ${digest}, and ${description.sha256} is expected. Give the ONNX file that the features were made with.`,
      { expected: description.sha256, received: digest },
    );
  }
  const encoder = await frozenEncoder({ model, taps, runtime, preprocessing, mapLayout });
  const other = SIZES.find((name) => encoder[name] !== description[name]);
  if (other === undefined) return encoder;
  await encoder.release();
  throw new CheckpointError(
    `openFrozenEncoder: the encoder's ${other} is ${encoder[other]}, and ${description[other]} is expected.`,
    { name: other, expected: description[other], received: encoder[other] },
  );
}
