import { OptionError, optionsOf } from "@throughtime/core";
import { isRightToLeft, textWidth } from "@throughtime/text";
import { escapeHtml } from "../page/html.js";
import { requireAttentionPicture } from "../require-section.js";
import { panelSvg, panelTitle, pictureSvg, sideOf } from "./panel.js";
import type { AttentionPicture } from "./picture.js";

export interface AttentionFigureOptions {
  /** The most that the figure may have, in pixels; it is narrower where it needs less. Default 720. */
  readonly width?: number;
  /** Of a square picture's panels. Panels of another form have about the same area. Default 110. */
  readonly side?: number;
}

const GAP = 8;
const WORD = { size: 14, line: 20, least: 8, longest: 40 } as const;
const TEXT = { size: 13, line: 19 } as const;
/** Of a figure with text below its panels. */
const NARROWEST = 320;

/**
 * A picture with a panel for each word, as an SVG text of its own, for a paper: first the picture, then, under each word, where the
 * model looked when it said it; below, the caption and what would be right. Panels go on in rows, from the right where the words
 * are written so. It stands on white, and needs nothing but itself: pictures are in it.
 *
 * Throws DataError for a picture that a section could not have, OptionError for a width or side outside what it may be.
 */
export function attentionFigure(picture: AttentionPicture, options: AttentionFigureOptions = {}): string {
  const { width = 720, side = 110 } = optionsOf("attentionFigure", options, "width", "side");
  requireAttentionPicture("attentionFigure", picture);
  requireSize("side", side, 20);
  requireSize("width", width, side + 2 * GAP);
  const { panels, caption, references = [] } = picture;
  const w = Math.round(Math.min(sideOf(picture, side), width - 2 * GAP));
  const h = Math.max(1, Math.round((w * picture.height) / picture.width));
  const column = w + GAP;
  const most = Math.max(1, Math.floor((width - GAP) / column));
  const rows = Math.ceil((panels.length + 1) / most);
  const columns = Math.ceil((panels.length + 1) / rows);
  const row = WORD.line + h + GAP;
  const said = [
    ...(caption === undefined ? [] : [caption]),
    ...(references.length === 0 ? [] : [`right: ${references.join(" · ")}`]),
  ];
  const room = Math.min(width, Math.max(GAP + columns * column, NARROWEST));
  const lines = said.flatMap((text) => linesOf(text, room - 2 * GAP));
  const total = lines.length > 0 ? room : GAP + columns * column;
  const title = caption ?? picture.name ?? (panels.map(({ word }) => word).join(" ") || "a picture");
  const rightToLeft = isRightToLeft(panels.map(({ word }) => word).join(" "));

  const cells = [undefined, ...panels].map((panel, i) => {
    const from = GAP + column * (i % columns);
    const left = rightToLeft ? total - from - w : from;
    const top = GAP + WORD.line + row * Math.floor(i / columns);
    const place = `x="${left}" y="${top}" width="${w}" height="${h}"`;
    const inner = (title: string, content: string) =>
      `<svg ${place} viewBox="0 0 ${picture.width} ${picture.height}" preserveAspectRatio="none"><title>${textOf(title)}</title>${content}</svg>`;
    if (!panel) return `${inner(title, pictureSvg(picture))}<rect ${place} fill="none" stroke="#cfd5dd"/>`;
    const word = wordSvg(panel.word, left + w / 2, top - 5, column - 2);
    return word + inner(panelTitle(panel), panelSvg(picture, panel));
  });
  const from = GAP + rows * row;
  const texts = lines.map((line, i) => {
    const at = isRightToLeft(line) ? `x="${total - GAP}" direction="rtl"` : `x="${GAP}"`;
    return `<text ${at} y="${from + TEXT.line * (i + 0.75)}" font-size="${TEXT.size}">${textOf(line)}</text>`;
  });
  const height = from + TEXT.line * lines.length + (lines.length > 0 ? GAP : 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${total}" height="${height}" viewBox="0 0 ${total} ${height}" role="img">`,
    `<title>${textOf(title)}</title>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<g font-family="system-ui, sans-serif" fill="#1c2430">`,
    ...cells,
    ...texts,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/** A word over its panel: smaller where it is long, and cut where it would be too small to read. */
function wordSvg(word: string, middle: number, baseline: number, room: number): string {
  const all = [...word];
  const shown = all.length > WORD.longest ? `${all.slice(0, WORD.longest - 1).join("")}…` : word;
  const size = Math.min(WORD.size, Math.max(WORD.least, room / textWidth(shown, 1) || WORD.size));
  const fits = Math.floor(room / size / (textWidth(shown, 1) / [...shown].length));
  const cut = [...shown].length > fits ? `${[...shown].slice(0, Math.max(1, fits - 1)).join("")}…` : shown;
  return `<text x="${middle}" y="${baseline}" font-size="${Math.round(10 * size) / 10}" text-anchor="middle">${textOf(cut)}</text>`;
}

/** A text in lines of at most so many pixels, cut at spaces; between letters where a word is longer, or there are no spaces. */
function linesOf(text: string, width: number): readonly string[] {
  const isWide = (line: string) => textWidth(line.trimEnd(), TEXT.size) > width;
  const pieces = text.split(/(?<=\s)/).flatMap((word) => (isWide(word) ? (word.match(LETTER) ?? []) : [word]));
  const lines: string[] = [];
  for (const piece of pieces) {
    const longer = `${lines.at(-1) ?? ""}${piece}`;
    if (lines.length === 0 || isWide(longer)) lines.push(piece);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => line.trim());
}

/** With its accents. */
const LETTER = /\P{M}\p{M}*|\p{M}+/gu;

/** Text that XML may hold. */
const textOf = (text: string): string => escapeHtml(text.replaceAll(/[\uFFFE\uFFFF]/g, "\uFFFD"));

function requireSize(name: string, value: number, least: number): void {
  if (Number.isFinite(value) && value >= least && value <= 10_000) return;
  throw new OptionError(`attentionFigure: ${name} is ${value}; expected a number of pixels from ${least} to 10000.`, {
    name,
    received: value,
  });
}
