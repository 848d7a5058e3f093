import { formatNumber } from "../format.js";
import { escapeHtml } from "../page/html.js";
import type { Chart, Point } from "./chart.js";

/** More would be narrower than a pointer can hit. */
const MOST = 60;

/**
 * Stripes over a chart that say, under a pointer, which values its curves have there: without scripts. `drawn`: the points of each
 * series; `x`: where a value stands, in pixels of `width`.
 */
export function bands(
  { series, x: axis }: Chart,
  drawn: readonly (readonly Point[])[],
  x: (value: number) => number,
  width: number,
  height: number,
): readonly string[] {
  const most = drawn.reduce((sum, points) => Math.max(sum, points.length), 0);
  const count = Math.min(MOST, most);
  const stripes = Array.from({ length: count }, (): (Point | undefined)[] => []);
  drawn.forEach((points, s) => {
    const far = new Array<number>(count).fill(Infinity);
    for (const point of points) {
      const at = Math.min(count - 1, Math.max(0, Math.floor((x(point[0]) / width) * count)));
      const away = Math.abs(x(point[0]) - ((at + 0.5) * width) / count);
      if (away >= (far[at] as number)) continue;
      far[at] = away;
      (stripes[at] as (Point | undefined)[])[s] = point;
    }
  });
  return stripes.flatMap((points, i) => {
    const near = points.find((point) => point !== undefined);
    if (!near) return [];
    const values = series.flatMap(({ label }, s) => {
      const point = points[s];
      return point ? [`${label === "" ? "value" : label} ${formatNumber(point[1])}`] : [];
    });
    const said = [`${axis.label} ${formatNumber(near[0])}`, ...values].join("\n");
    const left = Math.round((10 * i * width) / count) / 10;
    const right = Math.round((10 * (i + 1) * width) / count) / 10;
    return [
      `<rect x="${left}" width="${Math.round(10 * (right - left)) / 10}" height="${height}" class="band"><title>${escapeHtml(said)}</title></rect>`,
    ];
  });
}
