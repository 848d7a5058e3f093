import { deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";

export type Colour = readonly number[];

/** A picture of which each pixel is what `at` says, in 1 to 4 channels. */
export function picture(width: number, height: number, at: (x: number, y: number) => Colour): Sharp {
  const pixels = Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width)));
  const channels = pixels[0]?.length as 1 | 2 | 3 | 4;
  return sharp(Buffer.from(pixels.flat()), { raw: { width, height, channels } });
}

export const RED: Colour = [230, 20, 30];
export const GREEN: Colour = [20, 200, 40];
export const BLUE: Colour = [30, 40, 220];
export const GREY: Colour = [120, 120, 120];

/** Four colours, in reading order: one of them a quarter each. */
export const quarters =
  (width: number, height: number) =>
  (x: number, y: number): Colour =>
    [RED, GREEN, BLUE, GREY][(y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)] as Colour;

/** Of an array [C, H, W]: the values of one pixel. */
export function pixelOf(array: { data: ArrayLike<number>; shape: readonly number[] }, y: number, x: number): number[] {
  const [channels, height, width] = array.shape as [number, number, number];
  return Array.from({ length: channels }, (_, c) => array.data[(c * height + y) * width + x] as number);
}

export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);

export const meanDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;

/** A white square as PNG of one bit a pixel: 400 million pixels are 50 kB. */
export function whitePng(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  const rows = Buffer.alloc(side * (1 + Math.ceil(side / 8)), 0xff);
  for (let y = 0; y < side; y++) rows[(y * rows.length) / side] = 0;
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = chunk("IDAT", deflateSync(rows, { level: 1 }));
  return Buffer.concat([signature, chunk("IHDR", header), pixels, chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
