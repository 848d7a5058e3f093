import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { escapeHtml } from "../page/html.js";
import { bands } from "./bands.js";
import { type Axis, type Chart, COLORS, type Point, type Series } from "./chart.js";
import { rangeOf, thinned } from "./points.js";

const MARGIN = { left: 58, right: 14, top: 10, bottom: 40 } as const;

/** What a noisy curve may stick out of the picture, at each end: its outliers would flatten all else. */
const OUTLIERS = 0.01;

/** On a phone nothing hovers. */
const NARROW = 500;

/** More dots would hide their curve. */
const MOST_DOTS = 100;

/** A chart as an SVG picture. Colours are the page's variables. */
export function chartSvg(chart: Chart, width: number, height: number): string {
  const { series, marks = [] } = chart;
  const [w, h] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  const drawn = series.map((one) => one.points.filter(([x, y]) => isOn(chart.x, x) && isOn(chart.y, y)));
  const x = scaleOf(chart.x, rangeOf([...drawn.flat().map(([at]) => at), ...marks.map((mark) => mark.x)]), [0, w]);
  const y = scaleOf(chart.y, rangeOf(series.flatMap((one, i) => endsOf(one, drawn[i] as readonly Point[]))), [h, 0]);
  if (chart.y.scale !== "log") y.nice();

  const xTicks = ticksOf(chart.x, x, Math.max(2, Math.floor(w / 90)));
  const yTicks = ticksOf(chart.y, y, Math.max(3, Math.floor(h / 45)));
  const path = line<Point>()
    .x((point) => rounded(x(point[0])))
    .y((point) => rounded(y(point[1])));
  const grid = [
    ...yTicks.map(([at]) => `M0 ${rounded(y(at))}h${w}`),
    // A logarithmic axis has many ticks without a number.
    ...xTicks.map(([at, text]) => `M${rounded(x(at))} ${text === "" ? h - 4 : 0}V${h}`),
  ];
  const curves = series.map((one, i) => curve(one, i, drawn[i] as readonly Point[], Math.max(2, w), path, x, y));
  const marked = marks.map(({ x: at, label }, i) => {
    const place = rounded(x(at));
    const anchor = place > w / 2 ? 'end" dx="-5' : 'start" dx="5';
    return `<path d="M${place} 0v${h}" class="mark"/><text x="${place}" y="${14 + 16 * i}" text-anchor="${anchor}">${escapeHtml(label)}</text>`;
  });
  return [
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(chart.title)}">`,
    `<g transform="translate(${MARGIN.left} ${MARGIN.top})">`,
    `<path d="${grid.join("")}" class="grid"/>`,
    ...yTicks.map(([at, text]) => label(text, `x="-8" y="${rounded(y(at))}" dy=".32em" text-anchor="end"`)),
    ...xTicks.map(([at, text]) => label(text, `x="${rounded(x(at))}" y="${h + 17}" text-anchor="middle"`)),
    label(chart.x.label, `x="${w}" y="${h + 34}" text-anchor="end"`),
    // What sticks out is cut off, but for half of a dot at the edge.
    `<svg x="-4" y="-4" width="${w + 8}" height="${h + 8}" viewBox="-4 -4 ${w + 8} ${h + 8}">`,
    ...curves,
    ...marked,
    ...(width > NARROW ? bands(chart, drawn, x, w, h) : []),
    "</svg>",
    "</g>",
    "</svg>",
  ].join("");
}

type Scale = ReturnType<typeof scaleLinear<number, number>> | ReturnType<typeof scaleLog<number, number>>;

const isOn = ({ scale }: Axis, value: number): boolean => Number.isFinite(value) && (scale !== "log" || value > 0);

/** What of a curve must be in the picture. */
function endsOf({ look }: Series, points: readonly Point[]): readonly number[] {
  return (
    rangeOf(
      points.map(([, y]) => y),
      look === "faint" ? OUTLIERS : 0,
    ) ?? []
  );
}

function scaleOf({ scale }: Axis, range: readonly [number, number] = [0, 1], to: readonly [number, number]): Scale {
  const [low, high] = range;
  const isLog = scale === "log";
  // A single value stands in the middle.
  const pad = low < high ? 0 : isLog ? 10 : Math.abs(low) / 2 || 1;
  const domain = isLog && pad > 0 ? [low / pad, high * pad] : [low - pad, high + pad];
  return (isLog ? scaleLog() : scaleLinear()).domain(domain).range(to);
}

/** Where ticks stand, and what is written at them. */
function ticksOf({ scale: kind }: Axis, scale: Scale, count: number): readonly (readonly [at: number, text: string])[] {
  const [low, high] = scale.domain() as [number, number];
  const most = Math.max(Math.abs(low), Math.abs(high));
  const isFar = most < 1e-3 || most >= 1e7 || (kind === "log" && low < 1e-3);
  const format = scale.tickFormat(count, isFar ? "~e" : kind === "log" ? "~g" : undefined);
  return scale.ticks(count).map((at) => [at, format(at)]);
}

function curve(
  series: Series,
  index: number,
  points: readonly Point[],
  most: number,
  path: (points: readonly Point[]) => string | null,
  x: Scale,
  y: Scale,
): string {
  const shown = thinned(points, most);
  const color = `var(--series-${(series.color ?? index) % COLORS})`;
  const dashes = (series.color ?? index) >= COLORS ? ' stroke-dasharray="6 3"' : "";
  const stroke = `<path d="${path(shown) ?? ""}" class="curve ${series.look ?? "line"}" stroke="${color}"${dashes}/>`;
  if (series.look !== "dots" || shown.length > MOST_DOTS) return stroke;
  const dots = shown.map(
    ([at, value]) => `<circle cx="${rounded(x(at))}" cy="${rounded(y(value))}" r="3.5" fill="${color}"/>`,
  );
  return stroke + dots.join("");
}

const label = (text: string, attributes: string): string =>
  text === "" ? "" : `<text ${attributes}>${escapeHtml(text)}</text>`;

/** A tenth of a pixel is as fine as anyone sees. */
const rounded = (value: number): number => Math.round(10 * value) / 10;
