import { upsampled } from "@throughtime/attention";
import type { AttentionPanel, AttentionPicture } from "./picture.js";
import { pngUri } from "./png.js";

/** Of the Gaussian that smooths the map, in cells. Xu et al. have 1.25 for 14 × 14 places; in a grid of 8 × 8 that hides which object it is. */
const SIGMA = 0.5;

/** The map has so many pixels a cell, and about so many at most along a side; who shows it makes it larger. */
const [FINE, MOST_SIDE] = [6, 84];

/** Attention that is the same everywhere is gray: white is at least so many times its mean. */
const WHITE = 2;

/** How much a map covers of the picture: of black where there is no attention, and of what is white where there is the most. */
const [LEAST_COVER, MOST_COVER] = [0.62, 0.8];

/** What a picture is called within the page; the same for the same picture. */
export function idOf({ image }: AttentionPicture): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < image.length; i++) {
    const code = image.charCodeAt(i);
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
  }
  return `picture-${(a >>> 0).toString(36)}-${(b >>> 0).toString(36)}`;
}

/** The picture alone, under its name, so that panels can show it again. */
export const pictureSvg = (picture: AttentionPicture): string =>
  `<image id="${idOf(picture)}" ${placed(picture)} xlink:href="${picture.image}"/>`;

/** The picture as attention covers it: dark where there is none, white where there is the most, as in Xu et al. (2015), Figure 2. */
export const panelSvg = (picture: AttentionPicture, panel: AttentionPanel): string =>
  `<use xlink:href="#${idOf(picture)}"/><image ${placed(picture)} xlink:href="${mapUri(panel)}"/>`;

const placed = ({ width, height }: AttentionPicture): string =>
  `width="${width}" height="${height}" preserveAspectRatio="none"`;

/** Weights as a picture from black to white, smoothed. */
function mapUri({ weights, height, width }: AttentionPanel): string {
  const fine = Math.max(1, Math.min(FINE, Math.floor(MOST_SIDE / Math.max(height, width))));
  const size = [height * fine, width * fine] as const;
  const map = upsampled(weights, { height, width }, size, { sigma: SIGMA });
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  const white = map.reduce((most, value) => Math.max(most, value), WHITE * mean);
  const bytes = new Uint8Array(2 * map.length);
  map.forEach((value, i) => {
    const share = white > 0 ? value / white : 0;
    const cover = LEAST_COVER + (MOST_COVER - LEAST_COVER) * share;
    bytes[2 * i] = Math.round((255 * MOST_COVER * share) / cover);
    bytes[2 * i + 1] = Math.round(255 * cover);
  });
  return pngUri(bytes, size[1], size[0], 2);
}

/** Of a panel of another form than a square one: a side that gives it about the same area, within limits. */
export const sideOf = ({ width, height }: AttentionPicture, square: number): number =>
  square * Math.min(2, Math.max(0.6, Math.sqrt(width / height)));

/** What a panel says under a pointer. */
export function panelTitle({ word, weights, height, width }: AttentionPanel): string {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const most = weights.reduce((largest, weight) => Math.max(largest, weight), 0);
  const share = sum > 0 ? (100 * most) / sum : 0;
  return `${word}: ${share.toFixed(0)} % of its attention in one of ${height} × ${width} places`;
}
