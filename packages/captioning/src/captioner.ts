import { drawNoise, isNoiseSource, type NoiseSource, noiseDims } from "@throughtime/cells";
import {
  ArgumentError,
  type Backend,
  describe,
  dim,
  flattenTree,
  foldIn,
  isNdArray,
  isTensor,
  type Key,
  mapTree,
  type NdArray,
  OptionError,
  optionsOf,
  putOnBackend,
  ReleasedError,
  requireArray,
  ShapeError,
  type Tree,
  type Type,
  typeText,
} from "@throughtime/core";
import { type BeamSearcher, type BeamSearchOptions, beamSearcher, type Hypothesis } from "@throughtime/decode";
import type { ImageTensors } from "@throughtime/vision";
import type { CaptionModel } from "./model.js";

/** What is asked of a search: what `beamSearch` takes beside the model. */
export interface CaptionOptions extends Omit<BeamSearchOptions<unknown>, "step" | "state" | "sequences"> {
  /** Hard attention draws the places it looks at from this key. Default: it draws none, and takes its `inference`. */
  readonly key?: Key;
}

/** A model that writes captions, on a backend. */
export interface Captioner {
  /**
   * The n best captions of each picture, the best first. images: what the model's encoder reads, of B pictures: { pixels } or
   * { grid, pooled }. They are searched for side by side, and each gets what it gets alone. A caption's attention has a vector [L] for each
   * token, the end token last; it is absent where the decoder has none.
   *
   * Throws ArgumentError and OptionError for options that make no sense, ArgumentError and ShapeError for pictures that the encoder does
   * not read, and what `beamSearch` throws.
   */
  caption(images: ImageTensors<NdArray>, options: CaptionOptions): Promise<readonly (readonly Hypothesis[])[]>;
  /** Frees what was compiled and the parameters that were put on the backend. */
  release(): void;
}

const OPTIONS = [
  ...(["begin", "end", "size", "maxLength", "minLength", "lengthPenalty", "noRepeat", "never", "nBest"] as const),
  ...(["stopping", "key"] as const),
] as const;

/**
 * Compiles a model for beam search: see `beamSearcher`. `params`: a tree on the host, or on the backend. Pictures of one size share the
 * same Programs, however many there are.
 *
 * @example
 * const { caption, release } = await captioner(backend, model, params);
 * const [[best] = []] = await caption({ pixels }, { begin: 1, end: 2, maxLength: 20, size: 3 });
 */
export async function captioner<P, S, N>(
  backend: Backend,
  model: CaptionModel<P, S, N>,
  params: unknown,
): Promise<Captioner> {
  const placed = await putOnBackend(backend, params);
  const { begin } = model;
  const step: typeof model.step = (p, begun, word, random) =>
    model.step(p, begun, word, flattenTree(random, isTensor).leaves.length > 0 ? random : undefined);
  const searchers = new Map<string, Promise<BeamSearcher>>();
  /** One for each kind of pictures; what the encoder does not read leaves none. */
  const searcherFor = (images: ImageTensors<NdArray>): Promise<BeamSearcher> => {
    const kind = Object.entries(images)
      .map(([name, { shape }]) => `${name}: ${shape.length}`)
      .join();
    const found = searchers.get(kind);
    if (found) return found;
    const inputs = mapTree(images, isNdArray, ({ shape, dtype }: NdArray): Type => {
      return { shape: [dim("B"), ...shape.slice(1)], dtype };
    }) as Tree<Type>;
    const noise = noiseDims(drawing(model), "T", "R");
    const made = beamSearcher(backend, { inputs, begin, step, noise }, placed.tree);
    searchers.set(kind, made);
    made.catch(() => searchers.delete(kind));
    return made;
  };
  let released = false;
  return {
    async caption(images, options) {
      if (released) throw new ReleasedError("caption: this captioner was released. Make another.");
      const { key, ...how } = optionsOf("caption", options, ...OPTIONS);
      const noise = key && drawn(model, key);
      const sequences = countOf(images);
      if (sequences === 0) return [];
      const { search } = await searcherFor(images);
      return search(images, { ...how, sequences, noise });
    },
    release() {
      if (released) return;
      released = true;
      placed.release();
      for (const searcher of searchers.values()) searcher.then((one) => one.release());
    },
  };
}

/** What a decoder that does not train draws in one step, so without an axis of time. */
const drawing = <P, S, N>({ decoder }: CaptionModel<P, S, N>): { noise?: Tree<NoiseSource> } =>
  decoder.drawing === undefined
    ? {}
    : { noise: mapTree(decoder.drawing, isNoiseSource, (one) => ({ ...one, per: "sequence" })) as Tree<NoiseSource> };

/** Draws it. Throws OptionError where the decoder draws nothing. */
function drawn<P, S, N>(model: CaptionModel<P, S, N>, key: Key) {
  const one = drawing(model);
  if (one.noise) return (step: number, rows: number) => drawNoise(one, foldIn(key, step), { T: 1, B: rows });
  const { name } = model.decoder;
  throw new OptionError(`caption: a key is given, but ${name} draws nothing. Leave it out.`, { decoder: name });
}

/** How many pictures there are. */
function countOf(images: ImageTensors<NdArray>): number {
  const expected = "expected { pixels }, or { grid, pooled }, as arrays with the pictures first";
  const { leaves, paths } = flattenTree<NdArray>(images, isNdArray, "caption: images", "arrays made with ndarray()");
  const first = leaves[0];
  if (!first) throw new ArgumentError(`caption: images is ${describe(images)}; ${expected}.`);
  for (const [i, leaf] of leaves.entries()) {
    requireArray(`caption: images.${paths[i]}`, leaf);
    if (leaf.shape.length > 0 && leaf.shape[0] === first.shape[0]) continue;
    throw new ShapeError(
      `caption: images.${paths[i]} is ${typeText(leaf)}, images.${paths[0]} ${typeText(first)}; ${expected}.`,
    );
  }
  return first.shape[0] as number;
}
