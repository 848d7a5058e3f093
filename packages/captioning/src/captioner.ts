import {
  ArgumentError,
  type Backend,
  describe,
  dim,
  flattenTree,
  isNdArray,
  mapTree,
  type NdArray,
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
export type CaptionOptions = Omit<BeamSearchOptions<unknown>, "step" | "state" | "sequences">;

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
  "stopping",
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
  let searcher: Promise<BeamSearcher> | undefined;
  let released = false;
  return {
    async caption(images, options) {
      if (released) throw new ReleasedError("caption: this captioner was released. Make another.");
      const how = optionsOf("caption", options, ...OPTIONS);
      const sequences = countOf(images);
      if (sequences === 0) return [];
      // The pictures' size is the encoder's, which says it where it does not fit.
      const inputs = mapTree(images, isNdArray, ({ shape, dtype }: NdArray): Type => {
        return { shape: [dim("B"), ...shape.slice(1)], dtype };
      }) as Tree<Type>;
      searcher ??= beamSearcher(backend, { inputs, begin: model.begin, step: model.step }, placed.tree);
      // Pictures that do not fit leave nothing that the next ones would meet.
      const { search } = await searcher.catch((error: unknown) => {
        searcher = undefined;
        throw error;
      });
      return search(images, { ...how, sequences });
    },
    release() {
      if (released) return;
      released = true;
      placed.release();
      // Its own errors were thrown to whoever asked for captions.
      searcher?.then(
        (one) => one.release(),
        () => {},
      );
    },
  };
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
