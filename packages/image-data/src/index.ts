export type { CaptionedImage } from "./captioned-image.js";
export { drawScene, sceneImage } from "./scenes/draw.js";
export {
  SCENE_COLOURS,
  SCENE_RELATIONS,
  SCENE_SIZES,
  type Scene,
  type SceneColour,
  type SceneObject,
  type SceneOptions,
  type SceneRelation,
  type SceneSize,
  scene,
} from "./scenes/scene.js";
export { SHAPES, type Shape } from "./scenes/shapes.js";
export type { SceneWord } from "./scenes/words.js";
