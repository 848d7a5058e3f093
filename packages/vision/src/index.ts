export { augmentImage } from "./augment-image.js";
export { augmentPixels } from "./augment-pixels.js";
export type { Augmentation } from "./augmentation.js";
export { imageFromBlob } from "./blob.js";
export { type CnnOptions, type CnnParams, cnn } from "./cnn.js";
export {
  type DecodedImage,
  type DecodeWithOptions,
  type DecodingProgress,
  decodeWith,
  type ImageSources,
} from "./decode-with.js";
export {
  type EncodedSource,
  type EncodeImagesOptions,
  encodeImages,
  type FeatureSizes,
  featuresOf,
  featureWidth,
} from "./encode-images.js";
export type { EncodedImages, ImageEncoder, ImageTensors } from "./encoder.js";
export { type FeatureGrid, gridOf, type ImageFeatures, meanPooled } from "./features.js";
export { fitPixels, type Pixels } from "./fit-pixels.js";
export { type FrozenDescription, openFrozenEncoder, readFrozenDescription } from "./frozen/description.js";
export { type FrozenEncoder, type FrozenEncoderOptions, frozenEncoder } from "./frozen/frozen-encoder.js";
export type { MapLayout } from "./frozen/grids.js";
export { PRESETS, type Preset, preprocessingFor } from "./frozen/presets.js";
export {
  arrayToPixels,
  imageBatch,
  imageShape,
  pixelsToArray,
} from "./pixels.js";
export { type PrecomputedOptions, precomputed } from "./precomputed.js";
export {
  type Colour,
  imagenet,
  type Preprocessing,
  type PreprocessingOptions,
  preprocessing,
  readPreprocessing,
} from "./preprocessing.js";
export { memoryRows, type RowOptions, type RowStore } from "./rows.js";
export type { ImageSource } from "./source.js";
