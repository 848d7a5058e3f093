export { type DecodeAllOptions, type DecodedImage, type DecodingProgress, decodeAll } from "./node/decode-all.js";
export { type ReadImageOptions, readImage } from "./node/read-image.js";
