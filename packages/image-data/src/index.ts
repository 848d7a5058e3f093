export type { CaptionedImage } from "./captioned-image.js";
export { type CaptionFile, type ReadCaptionsOptions, readCaptions } from "./captions/read-captions.js";
export { type EmojiDrawing, type EmojiOptions, type EmojiSetFiles, emojiDrawings } from "./emoji/drawings.js";
export { holdOutArtist, holdOutConcepts } from "./emoji/hold-out.js";
export { EMOJI_SETS, type EmojiArtist } from "./emoji/icon-sets.js";
export { type ReadEmojiOptions, readEmoji } from "./emoji/read-emoji.js";
export { nearestByPixels } from "./nearest.js";
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
export { SCENE_SHAPES, type SceneShape } from "./scenes/shapes.js";
export type { SceneWord } from "./scenes/words.js";
