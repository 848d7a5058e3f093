import { foldIn, key, OptionError, optionsOf, printable } from "@throughtime/core";
import type { Colour } from "@throughtime/vision";
import { numbers } from "./numbers.js";
import { crowd, pair } from "./placing.js";
import type { SceneShape } from "./shapes.js";
import { type SceneWord, wordsOf } from "./words.js";

export const SCENE_COLOURS = ["red", "orange", "yellow", "green", "blue", "purple"] as const;
export type SceneColour = (typeof SCENE_COLOURS)[number];

export const SCENE_SIZES = ["small", "medium", "large"] as const;
export type SceneSize = (typeof SCENE_SIZES)[number];

/** Of the first object to the second. */
export const SCENE_RELATIONS = ["left of", "right of", "above", "below"] as const;
export type SceneRelation = (typeof SCENE_RELATIONS)[number];

/** One thing in a scene. Lengths are in pixels, with y from the top down. */
export interface SceneObject {
  readonly shape: SceneShape;
  readonly colour: SceneColour | "grey";
  readonly size: SceneSize;
  /** Its centre of mass. */
  readonly centre: readonly [x: number, y: number];
  /** Of the circle that has its area. */
  readonly radius: number;
  /** The tangent of half the angle by which it is turned clockwise, within 15°. */
  readonly turn: number;
  /** What it is painted with. */
  readonly paint: Colour;
  /** The smallest rectangle around it, hidden parts too. */
  readonly box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
}

/** A generated picture as plain data: `drawScene` draws it. */
export interface Scene {
  readonly kind: "pair" | "crowd";
  /** Its width and height in pixels. */
  readonly size: number;
  readonly background: Colour;
  /** From back to front. */
  readonly objects: readonly SceneObject[];
  /** The two objects of the caption, by their places in `objects`: the smaller one, which is said to be somewhere, and the larger one. */
  readonly asked: readonly [figure: number, ground: number];
  readonly relation: SceneRelation;
  readonly caption: string;
  /** The caption word by word, with the object that a word speaks of. */
  readonly words: readonly SceneWord[];
}

export interface SceneOptions {
  /**
   * "pair": two coloured objects and one to three grey ones, none of which touch. "crowd": three to five coloured objects that may
   * overlap, of which the caption speaks of the two largest. Default "pair".
   */
  readonly kind?: Scene["kind"] | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** No scene is in two parts. Default "train". */
  readonly part?: "train" | "validation" | "test" | undefined;
  /** Width and height in pixels, from 32 to 2048. The same scene at another size is the same picture, larger or smaller. Default 64. */
  readonly size?: number | undefined;
}

const KINDS = { pair, crowd } as const;
const PARTS = ["train", "validation", "test"] as const;

/**
 * Scene number `index` of an endless series: the same one on every machine for the same index and options.
 *
 * Its caption is "a small red circle left of a large blue square". The picture decides which words are right: the smaller of
 * the two objects comes first, as speakers place a small thing beside a large one (Talmy 1975, "Figure and ground in complex sentences");
 * of the two distances between them, along x and along y, the one that makes the relation is the larger by far.
 * Throws OptionError.
 */
export function scene(index: number, options: SceneOptions = {}): Scene {
  const {
    kind = "pair",
    seed = 0,
    part = "train",
    size = 64,
  } = optionsOf("scene", options, "kind", "seed", "part", "size");
  const refused = (name: string, value: unknown, expected: string) =>
    new OptionError(`scene: ${name} is ${printable(String(value))}; expected ${expected}.`, { [name]: value });
  if (!Object.hasOwn(KINDS, kind)) throw refused("kind", kind, `"pair" or "crowd"`);
  if (!PARTS.includes(part)) throw refused("part", part, `"train", "validation" or "test"`);
  if (!Number.isSafeInteger(index) || index < 0) throw refused("the index", index, "a whole number from 0");
  if (!Number.isInteger(size) || size < 32 || size > 2048)
    throw refused("size", size, "a whole number from 32 to 2048");
  const stream = foldIn(foldIn(key(seed), PARTS.indexOf(part)), kind === "pair" ? 0 : 1);
  const plan = KINDS[kind](numbers(foldIn(stream, index)));
  const objects = plan.objects.map((object) => scaled(object, size));
  const words = wordsOf(objects, plan.asked, plan.relation);
  return { ...plan, kind, size, objects, caption: words.map(({ word }) => word).join(" "), words };
}

function scaled(object: SceneObject, by: number): SceneObject {
  const { centre, radius, box } = object;
  return {
    ...object,
    centre: [centre[0] * by, centre[1] * by],
    radius: radius * by,
    box: { left: box.left * by, top: box.top * by, width: box.width * by, height: box.height * by },
  };
}
