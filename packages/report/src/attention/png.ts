import { encode } from "fast-png";

/** Pixels as a PNG that stands in a text: 8 bits a channel; `channels` 2 is gray with alpha, 3 is RGB, 4 is RGBA. */
export function pngUri(data: Uint8Array, width: number, height: number, channels: 2 | 3 | 4): string {
  const bytes = encode({ width, height, data, channels });
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `data:image/png;base64,${btoa(text)}`;
}
