import type { SceneObject, SceneRelation } from "./scene.js";

/** A word of a caption. */
export interface SceneWord {
  readonly word: string;
  /** The object whose size, colour or shape it says, by its place in the scene's list. */
  readonly object?: number | undefined;
  readonly says?: "size" | "colour" | "shape" | undefined;
}

export function wordsOf(
  objects: readonly SceneObject[],
  [figure, ground]: readonly [number, number],
  relation: SceneRelation,
): readonly SceneWord[] {
  const named = (object: number): SceneWord[] => {
    const { size, colour, shape } = objects[object] as SceneObject;
    return [
      { word: "a" },
      { word: size, object, says: "size" },
      { word: colour, object, says: "colour" },
      { word: shape, object, says: "shape" },
    ];
  };
  return [...named(figure), ...relation.split(" ").map((word) => ({ word })), ...named(ground)];
}
