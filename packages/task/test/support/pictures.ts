import { DataError } from "@throughtime/core";

/** A gray picture: `height` rows of `width` pixels from 0, black, to 255. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** As a PGM file: "P5", the sizes, and a byte for each pixel. */
export function writePgm({ width, height, pixels }: Picture): Uint8Array {
  const header = new TextEncoder().encode(`P5\n# a picture\n${width} ${height}\n255\n`);
  return Uint8Array.from([...header, ...pixels]);
}

/** Reads a PGM file, or a PPM file as gray. Throws DataError where it is none. */
export function readPgm(bytes: Uint8Array, name: string): Picture {
  const head = String.fromCharCode(...bytes.subarray(0, 200));
  const match = /^P([56])(?:\s+#[^\n]*\n|\s+)*(\d{1,4})\s+(\d{1,4})\s+255\s/.exec(head);
  if (!match) throw new DataError(`${name} is no picture: expected a PGM or PPM file of 255 shades (P5 or P6).`);
  const [width, height, channels] = [Number(match[2]), Number(match[3]), match[1] === "6" ? 3 : 1];
  const body = bytes.subarray(match[0].length);
  if (body.length !== width * height * channels || body.length === 0) {
    throw new DataError(`${name} has ${body.length} bytes of pixels; ${width} × ${height} pixels are expected.`);
  }
  const shades = [0.299, 0.587, 0.114];
  const gray = (i: number) => shades.reduce((sum, share, c) => sum + share * (body[3 * i + c] as number), 0);
  const pixels = channels === 1 ? body.slice() : Uint8Array.from({ length: width * height }, (_, i) => gray(i));
  return { width, height, pixels };
}

/** A picture as SVG, with a line of text below it. */
export function captioned({ width, height, pixels }: Picture, caption: string): string {
  const escaped = caption.replaceAll(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const squares = Array.from(pixels, (shade, i) => {
    const [x, y] = [10 * (i % width), 10 * Math.floor(i / width)];
    return `<rect x="${x}" y="${y}" width="10" height="10" fill="rgb(${shade},${shade},${shade})"/>`;
  });
  const [w, h] = [10 * width, 10 * height];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h + 20}">${squares.join("")}<text x="${w / 2}" y="${h + 14}" font-size="8" text-anchor="middle">${escaped}</text></svg>`;
}

const SIDE = 6;

const SHAPES: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  bar: (x, y) => y === 1 && x < 3,
  post: (x) => x === 1,
  box: (x, y) => (x > 0 || y > 0) && x < 3 && y < 3,
};
const PLACES: Readonly<Record<string, readonly [number, number]>> = {
  left: [0, 0],
  right: [3, 0],
  low: [0, 3],
};

/** A folder with pictures of a shape in a place, with different noise, and their captions. */
export function drawnPictures(folder: string, copies: number): Record<string, Uint8Array | string> {
  const files: Record<string, Uint8Array | string> = {};
  const lines: string[] = [];
  let seed = 1;
  const noise = () => {
    seed = (seed * 48271) % 2147483647;
    return seed % 50;
  };
  for (const [shape, isDark] of Object.entries(SHAPES)) {
    for (const [place, [left, top]] of Object.entries(PLACES)) {
      for (let copy = 0; copy < copies; copy++) {
        const name = `${shape}-${lines.length}.pgm`;
        const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
          const [x, y] = [(i % SIDE) - left, Math.floor(i / SIDE) - top];
          return x >= 0 && x < 3 && y >= 0 && y < 3 && isDark(x, y) ? noise() : 255 - noise();
        });
        files[`${folder}/${name}`] = writePgm({ width: SIDE, height: SIDE, pixels });
        lines.push(`${name}\t${place} ${shape}`);
      }
    }
  }
  return { ...files, [`${folder}/captions.tsv`]: lines.join("\n") };
}
