import { isRightToLeft, textWidth } from "@throughtime/text";
import type { Translation } from "./text-translator.js";
import { labelOf } from "./token-label.js";

const CELL = 22;
const GAP = 8;
/** What stands on the columns leans by so much, unless it fits as it is. */
const ANGLE = 60;
const [COS, SIN] = [Math.cos((ANGLE * Math.PI) / 180), Math.sin((ANGLE * Math.PI) / 180)];
const LINE = 16;
const FONT_SIZE = 13;
/** Weights below this cannot be seen, and would make a long sentence's picture a large file. */
const FAINTEST = 0.005;
const COLOR = "#2458a6";
const [BAR, LEGEND] = [60, "of a row's attention"];

/**
 * Where a translator attended to, as an SVG picture: a column for each token of the source, from the right where it is written
 * so, a row for each of the target and for its end, and the darker a square the more of the row's attention it has.
 * Undefined where there was no attention.
 *
 * @example for await (const translation of translator.translate([text])) element.innerHTML = attentionMap(translation) ?? "";
 */
export function attentionMap({
  attention,
  sourceTokens,
  targetTokens,
}: Pick<Translation, "attention" | "sourceTokens" | "targetTokens">): string | undefined {
  if (!attention) return undefined;
  const columns = sourceTokens.map(labelOf);
  const rows = [...targetTokens.map(labelOf), "</s>"].slice(0, attention.length);
  const [across, down] = [CELL * columns.length, CELL * rows.length];
  const rightToLeft = isRightToLeft(sourceTokens.join(" "));
  const place = (s: number) => CELL * (rightToLeft ? columns.length - 1 - s : s);

  const upright = columns.every((label) => widthOf(label) <= CELL);
  const overhang = (label: string, s: number) => place(s) + CELL / 2 + LINE + COS * widthOf(label) - across;
  const left = Math.ceil(GAP + largest(rows.map(widthOf)) + GAP);
  const top = Math.ceil(GAP + (upright ? LINE : LINE / 2 + SIN * largest(columns.map(widthOf))) + GAP);
  const right = Math.ceil(GAP + (upright ? 0 : largest(columns.map(overhang))));
  const legend = GAP + widthOf("0 %") + BAR + GAP + widthOf(`100 % ${LEGEND}`);
  const width = Math.max(left + across + right, 2 * GAP + legend);
  const height = top + down + GAP + LINE + GAP;

  const squares = rows.flatMap((row, t) =>
    columns.flatMap((column, s) => {
      const weight = (attention[t] as ArrayLike<number>)[s] as number;
      if (weight < FAINTEST) return [];
      const said = `${row} ← ${column}: ${(100 * weight).toFixed(1)} %`;
      const at = `x="${place(s)}" y="${CELL * t}" width="${CELL}" height="${CELL}"`;
      return [`<rect ${at} fill-opacity="${weight.toFixed(3)}"><title>${escapeXml(said)}</title></rect>`];
    }),
  );
  const sources = columns.map((label, s) => {
    const middle = place(s) + CELL / 2;
    if (upright) return text(label, `x="${middle}" y="${-GAP}" text-anchor="middle"`);
    return text(label, `transform="translate(${middle + 4} ${-GAP}) rotate(-${ANGLE})"`);
  });
  const targets = rows.map((label, t) => text(label, `x="${-GAP}" y="${CELL * (t + 0.7)}" text-anchor="end"`));
  const lines = [
    ...columns.slice(1).map((_, i) => `M${CELL * (i + 1)} 0v${down}`),
    ...rows.slice(1).map((_, i) => `M0 ${CELL * (i + 1)}h${across}`),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(`${columns.join(" ")} → ${rows.slice(0, targetTokens.length).join(" ")}`)}</title>`,
    `<defs><linearGradient id="shade"><stop stop-color="${COLOR}" stop-opacity="0"/><stop offset="1" stop-color="${COLOR}"/></linearGradient></defs>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<g font-family="system-ui, sans-serif" font-size="${FONT_SIZE}" fill="#1c2430">`,
    `<g transform="translate(${left} ${top})">`,
    `<path d="${lines.join("")}" stroke="#e6eaf0"/>`,
    `<g fill="${COLOR}">`,
    ...squares,
    "</g>",
    `<rect width="${across}" height="${down}" fill="none" stroke="#8a94a3"/>`,
    ...sources,
    ...targets,
    "</g>",
    `<g transform="translate(${GAP} ${height - GAP})">`,
    text("0 %", `y="-4"`),
    `<rect x="${widthOf("0 %") + GAP}" y="-15" width="${BAR}" height="13" fill="url(#shade)" stroke="#8a94a3"/>`,
    text(`100 % ${LEGEND}`, `x="${widthOf("0 %") + BAR + 2 * GAP}" y="-4"`),
    "</g>",
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

const widthOf = (label: string): number => textWidth(label, FONT_SIZE);

/** Of no values it is 0. */
const largest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);

const text = (label: string, attributes: string): string => `<text ${attributes}>${escapeXml(label)}</text>`;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escapeXml = (label: string): string => label.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] as string);
