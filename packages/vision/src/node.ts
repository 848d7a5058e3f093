export { type DecodeAllOptions, decodeAll } from "./node/decode-all.js";
export { type ReadImageOptions, readImage } from "./node/read-image.js";
