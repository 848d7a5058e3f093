export { type DecodeAllOptions, decodeAll } from "./node/decode-all.js";
export { type DiskRowOptions, diskRows, type RowFile, type RowFiles } from "./node/disk-rows.js";
export { type ReadImageOptions, readImage } from "./node/read-image.js";
