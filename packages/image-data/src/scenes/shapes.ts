export const SCENE_SHAPES = ["circle", "square", "triangle", "star", "cross"] as const;
export type SceneShape = (typeof SCENE_SHAPES)[number];

/** A closed line of corners, x and y in turn. */
export type Polygon = readonly number[];

// Of 36° and 72°, written out: engines may differ in the last digit of sines.
const [COS36, SIN36, COS72, SIN72] = [0.8090169943749475, 0.5877852522924731, 0.30901699437494745, 0.9510565162951535];

/** A regular pentagon's corners on a circle, the first one on top. */
const pentagon = (radius: number): (readonly [number, number])[] => [
  [0, -radius],
  [SIN72 * radius, -COS72 * radius],
  [SIN36 * radius, COS36 * radius],
  [-SIN36 * radius, COS36 * radius],
  [-SIN72 * radius, -COS72 * radius],
];

/** 64 corners, by the rational points of a quarter. */
const circle = (): number[] =>
  [0, 1, 2, 3].flatMap((quarter) =>
    Array.from({ length: 16 }, (_, i) => {
      const [x, y] = turned(1, 0, i / 16);
      return (
        [
          [x, y],
          [-y, x],
          [-x, -y],
          [y, -x],
        ] as const
      )[quarter] as readonly [number, number];
    }).flat(),
  );

const INNER = 0.45;

const star = (): number[] =>
  pentagon(1).flatMap((tip, i) => {
    const [x, y] = pentagon(INNER)[(i + 3) % 5] as readonly [number, number];
    return [...tip, -x, -y];
  });

/** Corners of a cross whose bars are 2 long and 2 · w wide. */
const cross = (w: number): number[] => [
  ...[-w, -1, w, -1, w, -w, 1, -w, 1, w, w, w],
  ...[w, 1, -w, 1, -w, w, -1, w, -1, -w, -w, -w],
];

const HALF_SQRT3 = Math.sqrt(3) / 2;

/** Each with its centre of mass at 0, 0 and the area of a circle of radius 1, so that one that looks larger is larger. */
const OUTLINES: Readonly<Record<SceneShape, Polygon>> = {
  circle: ofUnitArea(circle()),
  square: ofUnitArea([-1, -1, 1, -1, 1, 1, -1, 1]),
  triangle: ofUnitArea([0, -1, HALF_SQRT3, 0.5, -HALF_SQRT3, 0.5]),
  star: ofUnitArea(star()),
  cross: ofUnitArea(cross(0.34)),
};

/** Turned by the angle whose half has the tangent t: no sine is needed. */
function turned(x: number, y: number, t: number): readonly [number, number] {
  const [cos, sin] = [(1 - t * t) / (1 + t * t), (2 * t) / (1 + t * t)];
  return [x * cos - y * sin, x * sin + y * cos];
}

/** Around a centre, `radius` times as large. */
export function outline(
  shape: SceneShape,
  [left, top]: readonly [number, number],
  radius: number,
  turn: number,
): Polygon {
  const corners = OUTLINES[shape];
  const out: number[] = [];
  for (let i = 0; i < corners.length; i += 2) {
    const [x, y] = turned(corners[i] as number, corners[i + 1] as number, turn);
    out.push(left + radius * x, top + radius * y);
  }
  return out;
}

export function boundsOf(polygon: Polygon): { left: number; top: number; right: number; bottom: number } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < polygon.length; i += 2) {
    const [x, y] = [polygon[i] as number, polygon[i + 1] as number];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return { left, top, right, bottom };
}

/** Whether a point is inside: how often a ray from it crosses the line is odd. */
export function contains(polygon: Polygon, x: number, y: number): boolean {
  let inside = false;
  let [x0, y0] = [polygon[polygon.length - 2] as number, polygon[polygon.length - 1] as number];
  for (let i = 0; i < polygon.length; i += 2) {
    const [x1, y1] = [polygon[i] as number, polygon[i + 1] as number];
    if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) inside = !inside;
    [x0, y0] = [x1, y1];
  }
  return inside;
}

function ofUnitArea(polygon: Polygon): Polygon {
  let area = 0;
  for (let i = 0; i < polygon.length; i += 2) {
    const next = (i + 2) % polygon.length;
    area += (polygon[i] as number) * (polygon[next + 1] as number);
    area -= (polygon[next] as number) * (polygon[i + 1] as number);
  }
  const scale = Math.sqrt(Math.PI / Math.abs(area / 2));
  return polygon.map((each) => each * scale);
}
