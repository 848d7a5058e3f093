import { type Backend, CheckpointError, OptionError, optionsOf, requireBackend } from "@throughtime/core";
import { type ModelBytes, type OpenOptions, openFile, readOf } from "@throughtime/task";
import type { FrozenEncoder } from "@throughtime/vision";
import { type CaptionedData, readCaptioner } from "./description.js";
import { type ImageCaptioner, imageCaptioner } from "./image-captioner.js";
import type { CaptionerModel } from "./settings.js";

export interface LoadCaptionerOptions extends OpenOptions {
  /** Where it runs. It stays the caller's to close. */
  readonly backend: Backend;
  /** The encoder of a model whose own is frozen, with which pictures may be pixels. Default: pictures are { grid, pooled }. It stays the caller's. */
  readonly encoder?: FrozenEncoder;
}

/** A trained captioner on a backend. */
export interface LoadedCaptioner extends ImageCaptioner {
  readonly description: {
    /** What it is built from: its preprocessing, and which encoder reads pictures. */
    readonly model: CaptionerModel;
    /** The pictures that it learned. */
    readonly data: CaptionedData;
    /** Training steps that it made. */
    readonly step: number;
    /** The grid over which its attention looks. */
    readonly grid: { readonly height: number; readonly width: number };
  };
}

/**
 * A trained captioner from its model file: what `throughtime train caption` wrote, or `throughtime pack` made of it. Its parameters are
 * put on the backend once, until `release()`. Throws CheckpointError for a file that is no captioner's, saying what it is and what
 * opens it, that is damaged, or that a newer version wrote.
 *
 * @example
 * const captioner = await loadCaptioner(await readFile("out/caption/best.safetensors"), { backend: await cpu() });
 * for await (const { text } of captioner.caption([context.getImageData(0, 0, 640, 480)])) console.log(text);
 * captioner.release();
 */
export async function loadCaptioner(content: ModelBytes, options: LoadCaptionerOptions): Promise<LoadedCaptioner> {
  const { backend, encoder, ...how } = optionsOf("loadCaptioner", options, "backend", "encoder", "name", "beside");
  requireBackend("loadCaptioner", backend);
  const file = await openFile(content, how);
  const { model, network, data, codec } = readOf(file, readCaptioner);
  if (encoder) requireEncoder(file.path, model, encoder);
  const { params, step } = file.checkpoint;
  const captioner = await imageCaptioner(backend, { model, network, codec, encoder }, params);
  const { height, width } = network.encoder;
  return Object.assign(captioner, { description: { model, data, step, grid: { height, width } } });
}

/** Throws OptionError where the model needs no encoder, CheckpointError where it is another one than the model's. */
function requireEncoder(path: string, { encoder: own }: CaptionerModel, encoder: FrozenEncoder): void {
  if (own.kind !== "onnx") {
    throw new OptionError(`loadCaptioner: the encoder of ${path} stands in its own file. Leave \`encoder\` out.`);
  }
  const { sha256, taps } = encoder.describe();
  if (sha256 === own.sha256 && taps.join() === own.taps.join()) return;
  throw new CheckpointError(
    `${path}: this is another encoder than the one that it was trained with: its SHA-256 is ${sha256}, its taps ${taps.join(", ")}; expected ${own.sha256}, ${own.taps.join(", ")}.`,
    { expected: own.sha256, received: sha256 },
  );
}
