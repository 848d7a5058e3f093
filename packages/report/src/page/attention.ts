import { panelSvg, panelTitle, pictureSvg, sideOf } from "../attention/panel.js";
import type { AttentionPicture } from "../attention/picture.js";
import { requireAttentionPicture } from "../require-section.js";
import { escapeHtml } from "./html.js";

/** A panel of a square picture is so wide, in rem. */
const SIDE = 8;

/** A picture with a panel for each word, as HTML: panels flow into rows, from the right where words are written so. Throws DataError for a picture that
 * a history could not hold. */
export function attentionHtml(picture: AttentionPicture): string {
  requireAttentionPicture("reportPage", picture);
  const { width, height, panels, caption, references = [], name } = picture;
  const svg = (content: string) => `<svg viewBox="0 0 ${width} ${height}" aria-hidden="true">${content}</svg>`;
  const shown = panels.map(
    (panel) =>
      `<li title="${escapeHtml(panelTitle(panel))}"><span>${escapeHtml(panel.word)}</span>${svg(panelSvg(picture, panel))}</li>`,
  );
  const isRight = caption !== undefined && references.includes(caption);
  const mark = references.length === 0 || caption === undefined ? "" : isRight ? "right" : "wrong";
  const head = [
    ...(caption === undefined ? [] : [`<b class="${mark}" dir="auto">${escapeHtml(caption)}</b>`]),
    ...(name === undefined ? [] : [`<span>${escapeHtml(name)}</span>`]),
  ];
  const right = references.map((reference) => `<q dir="auto">${escapeHtml(reference)}</q>`);
  return [
    `<figure class="attention">`,
    head.length === 0 ? "" : `<figcaption>${head.join(" ")}</figcaption>`,
    `<ul dir="auto" style="--side:${sideOf(picture, SIDE).toFixed(1)}rem"><li>${svg(pictureSvg(picture))}</li>${shown.join("\n")}</ul>`,
    right.length === 0 ? "" : `<p>right: ${right.join(" · ")}</p>`,
    "</figure>",
  ].join("");
}
