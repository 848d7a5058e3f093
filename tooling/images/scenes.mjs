// docs/images/scenes.svg: some generated scenes, each with its caption and the boxes of the two objects that it speaks of.

import { scene } from "../../packages/image-data/dist/index.js";
import { outline } from "../../packages/image-data/dist/scenes/shapes.js";

const SIDE = 180;
const GAP = 14;
const BELOW = 40;
const COLUMNS = 4;

const rounded = (/** @type {number} */ value) => Math.round(value * 10) / 10;
const colour = (/** @type {readonly number[]} */ rgb) =>
  `#${rgb.map((each) => each.toString(16).padStart(2, "0")).join("")}`;

/** @param {import("../../packages/image-data/dist/index.js").SceneObject} object */
function polygon({ shape, centre, radius, turn, paint }) {
  const corners = outline(shape, centre, radius, turn).map(rounded);
  return `<polygon fill="${colour(paint)}" points="${corners.join(" ")}"/>`;
}

/** @param {import("../../packages/image-data/dist/index.js").SceneObject} object */
function box({ box: { left, top, width, height } }) {
  const [x, y, w, h] = [left, top, width, height].map(rounded);
  return `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="none" stroke="#1c2430" stroke-dasharray="3 2"/>`;
}

/** The caption in two lines, of which the second begins with the relation. */
function lines(/** @type {import("../../packages/image-data/dist/index.js").Scene} */ { caption, relation }) {
  const at = caption.indexOf(relation);
  return [caption.slice(0, at).trim(), caption.slice(at)];
}

/** A row of each kind. */
export function scenesSvg() {
  const scenes = /** @type {const} */ (["pair", "crowd"]).flatMap((kind) =>
    Array.from({ length: COLUMNS }, (_, i) => scene(i, { kind, seed: 2, size: SIDE })),
  );
  const [width, height] = [COLUMNS * (SIDE + GAP) - GAP, 2 * (SIDE + BELOW + GAP) - GAP];
  const drawn = scenes.map((each, i) => {
    const [x, y] = [(i % COLUMNS) * (SIDE + GAP), Math.floor(i / COLUMNS) * (SIDE + BELOW + GAP)];
    const asked = each.asked.map((k) => each.objects[k]).filter((one) => one !== undefined);
    const text = lines(each).map((line, k) => `<text x="${SIDE / 2}" y="${SIDE + 17 + 16 * k}">${line}</text>`);
    const back = `<rect width="${SIDE}" height="${SIDE}" fill="${colour(each.background)}"/>`;
    return `<g transform="translate(${x} ${y})">${[back, ...each.objects.map(polygon), ...asked.map(box), ...text].join("\n")}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    "<title>Eight generated scenes with their captions</title>",
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<g font-family="system-ui, sans-serif" font-size="11" text-anchor="middle" fill="#1c2430">`,
    ...drawn,
    "</g>",
    "</svg>\n",
  ].join("\n");
}
