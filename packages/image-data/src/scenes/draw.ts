import type { Pixels } from "@throughtime/vision";
import type { CaptionedImage } from "../captioned-image.js";
import { coverageOf } from "./coverage.js";
import type { Scene } from "./scene.js";
import { outline } from "./shapes.js";

/** A scene's pixels: RGBA, opaque, with edges as sharp as the size allows. The same on every machine. */
export function drawScene({ size, background, objects }: Scene): Pixels {
  const data = new Uint8ClampedArray(size * size * 4);
  for (let at = 0; at < data.length; at += 4) {
    for (let c = 0; c < 3; c++) data[at + c] = background[c] as number;
    data[at + 3] = 255;
  }
  for (const { shape, centre, radius, turn, paint } of objects) {
    const { left, top, width, height, shares } = coverageOf(outline(shape, centre, radius, turn));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const share = shares[y * width + x] as number;
        if (share === 0) continue;
        const at = 4 * ((top + y) * size + left + x);
        for (let c = 0; c < 3; c++) {
          const below = data[at + c] as number;
          // A clamped array rounds.
          data[at + c] = below + ((paint[c] as number) - below) * share;
        }
      }
    }
  }
  return { data, width: size, height: size };
}

/** A scene as a picture with its caption. Pixels are drawn when they are asked for. */
export function sceneImage(scene: Scene, name: string): CaptionedImage {
  let pixels: Pixels | undefined;
  const source = {
    name,
    get pixels() {
      pixels ??= drawScene(scene);
      return pixels;
    },
  };
  return { source, captions: [scene.caption] };
}
