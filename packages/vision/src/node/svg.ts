import { DataError } from "@throughtime/core";
import type { Pixels } from "../fit-pixels.js";
import type { Preprocessing } from "../preprocessing.js";

/** An SVG's most bytes, and its most pixels where one that is long and narrow is drawn to cover a square. */
const MOST_BYTES = 16 * 2 ** 20;
const MOST_PIXELS = 2 ** 24;

/** No fonts of the machine: what is drawn depends on the file alone. */
const FONTS = { font: { loadSystemFonts: false } } as const;

/**
 * An SVG drawn at the size at which it is needed, with its own proportions, by resvg. Nothing is loaded from the network or from
 * other files. Throws DataError where it is no SVG, is too large, or holds pictures or entities.
 */
export async function renderSvg(name: string, text: string, { size, fit }: Preprocessing): Promise<Pixels> {
  requireHarmless(name, text);
  const { Resvg, renderAsync } = await import("@resvg/resvg-js");
  try {
    const { width, height } = new Resvg(text, FONTS);
    const scales = [size[1] / width, size[0] / height] as const;
    const byWidth = fit === "contain" ? scales[0] <= scales[1] : scales[0] >= scales[1];
    const scale = byWidth ? scales[0] : scales[1];
    requireProportions(name, width * scale, height * scale, size[0] * size[1]);
    const fitTo = byWidth
      ? ({ mode: "width", value: size[1] } as const)
      : ({ mode: "height", value: size[0] } as const);
    const drawn = await renderAsync(text, { ...FONTS, fitTo });
    return { data: unmultiplied(drawn.pixels), width: drawn.width, height: drawn.height };
  } catch (error) {
    if ((error as Error).name === "DataError") throw error;
    throw new DataError(
      `readImage: ${name} is not an SVG that can be drawn: ${(error as Error).message}`,
      { name },
      { cause: error },
    );
  }
}

/** resvg opens files that an image names, and decodes pictures of any size that stand in one. */
function requireHarmless(name: string, text: string): void {
  const refused = (what: string, fix: string) =>
    new DataError(`readImage: ${name} is an SVG ${what}. ${fix}`, { name });
  if (text.length > MOST_BYTES) {
    throw refused(`of ${text.length} characters; at most ${MOST_BYTES} are read`, "Save it as PNG.");
  }
  if (/<(?:[^\s<>/!?:]+:)?(?:image|feImage)[\s/>]/.test(text)) {
    throw refused("with an <image>, and no pictures are loaded from SVGs", "Save it as PNG.");
  }
  // An entity that holds no markup cannot make an <image>.
  const entities = text.match(/<!ENTITY/g)?.length ?? 0;
  const plain = text.match(/<!ENTITY\s+[\w.-]+\s+(?:"[^"<&%]*"|'[^'<&%]*')\s*>/g)?.length ?? 0;
  if (entities !== plain) throw refused("whose entities hold markup", "Save it as plain SVG.");
}

function requireProportions(name: string, width: number, height: number, needed: number): void {
  if (width * height <= Math.max(MOST_PIXELS, needed)) return;
  throw new DataError(
    `readImage: ${name} is an SVG so long and narrow that it would be ${Math.ceil(width)} × ${Math.ceil(height)} pixels. Crop it, or use fit "contain".`,
    { name, width, height },
  );
}

/** resvg's pixels are multiplied by their alpha. */
export function unmultiplied(pixels: Uint8Array): Uint8Array {
  const out = Uint8Array.from(pixels);
  for (let at = 0; at < out.length; at += 4) {
    const alpha = out[at + 3] as number;
    if (alpha === 0 || alpha === 255) continue;
    for (let c = at; c < at + 3; c++) out[c] = Math.min(255, Math.round(((out[c] as number) * 255) / alpha));
  }
  return out;
}
