import type { Preprocessing } from "./preprocessing.js";

/** Where the whole picture stands in the array: its size after resizing, and its left upper corner. */
export interface Placement {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

/** Where a picture of width × height is placed, in whole pixels: in the middle, with its form. */
export function placementOf(width: number, height: number, { size, fit }: Preprocessing): Placement {
  const [outHeight, outWidth] = size;
  if (fit === "fill") return { width: outWidth, height: outHeight, left: 0, top: 0 };
  const [across, down] = [outWidth / width, outHeight / height];
  const covers = fit === "cover";
  const scale = covers ? Math.max(across, down) : Math.min(across, down);
  const resized = {
    width: Math.max(covers ? outWidth : 1, Math.round(width * scale)),
    height: Math.max(covers ? outHeight : 1, Math.round(height * scale)),
  };
  return { ...resized, left: middle(outWidth - resized.width), top: middle(outHeight - resized.height) };
}

/** Half of what is left over, an odd pixel before the picture. */
const middle = (room: number): number => Math.ceil(room / 2) + 0;
