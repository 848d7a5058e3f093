import { ArgumentError, DataError, describe, OptionError, optionsOf, requireList, ShapeError } from "@throughtime/core";

/** A rectangle in a picture, in pixels: pixel (x, y) covers x to x + 1 and y to y + 1. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where a model looked as it said a word, and where what the word speaks of is. */
export interface Pointing {
  /** Over a grid that covers the picture, [height · width], row by row; from 0. Their sum need not be 1. */
  readonly weights: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
  /** One or more: any of them counts. They may overlap. */
  readonly boxes: readonly Box[];
  /** The kind of word, such as "colour". */
  readonly kind?: string;
}

export interface PointingOptions {
  /** The picture's [height, width] in pixels, which boxes are in. */
  readonly size: readonly [height: number, width: number];
  /** By how many cells of the grid boxes grow on every side. Default 0. */
  readonly margin?: number;
}

export interface PointingScore {
  readonly count: number;
  /** How many peaks lie in a box. A whole number, unless peaks are equal: of two, of which one lies in a box, half a hit. */
  readonly hits: number;
  /** hits / count, from 0 to 1; 0 for none. */
  readonly accuracy: number;
  /** The mean share of the attention that lies in the boxes. */
  readonly mass: number;
  /** The mean share of the picture that the boxes cover: the mass of a model that looks everywhere alike. */
  readonly area: number;
}

export interface PointingGame extends PointingScore {
  /** By kind of word, in the order in which kinds come first. */
  readonly kinds: Readonly<Record<string, PointingScore>>;
}

/**
 * The pointing game of Zhang et al. (2016, "Top-down neural attention by excitation backprop"): how often the peak of a map of attention,
 * the centre of its largest cell, lies in a box of what was spoken of. Zhang et al. allow 15 pixels around it; here that is `margin`, in cells: 0.5
 * where a cell that touches a box shall count. Beside it `mass`, the share of the attention in the boxes (the energy-based
 * pointing game, Wang et al. 2020, "Score-CAM"). Both are measured with the boxes as they are after growing, cut off at the picture's edge.
 *
 * Throws ShapeError for another number of weights than the grid has, DataError for a weight or a box that cannot be, or weights that
 * are all 0, OptionError for a size or margin outside what it may be.
 *
 * @example pointingGame([{ weights, height: 8, width: 8, boxes: [{ left: 4, top: 9, width: 12, height: 12 }], kind: "shape" }], { size: [64, 64], margin: 0.5 })
 */
export function pointingGame(pointings: readonly Pointing[], options: PointingOptions): PointingGame {
  requireList("pointingGame: the pointings", pointings);
  const { size, margin = 0 } = optionsOf("pointingGame", options, "size", "margin");
  requireOptions(size, margin);
  const measures = pointings.map((pointing, i) => {
    requirePointing(pointing, i);
    return { kind: pointing.kind, ...measured(pointing, size, margin) };
  });
  const kinds = [...new Set(measures.flatMap(({ kind }) => (kind === undefined ? [] : [kind])))];
  const own = kinds.map((kind) => [kind, scoreOf(measures.filter((one) => one.kind === kind))] as const);
  return { ...scoreOf(measures), kinds: Object.fromEntries(own) };
}

interface Measure {
  readonly hit: number;
  readonly mass: number;
  readonly area: number;
}

function scoreOf(measures: readonly Measure[]): PointingScore {
  const count = measures.length;
  const sum = (field: keyof Measure) => measures.reduce((total, measure) => total + measure[field], 0);
  const mean = (field: keyof Measure) => (count === 0 ? 0 : sum(field) / count);
  return { count, hits: sum("hit"), accuracy: mean("hit"), mass: mean("mass"), area: mean("area") };
}

/** An interval of cells. */
type Span = readonly [from: number, to: number];

/** A pointing's figures, measured in cells. */
function measured({ weights, height, width, boxes }: Pointing, [H, W]: readonly [number, number], margin: number) {
  const grown = boxes.map((box) => ({
    across: cellsOf(box.left, box.width, W, width, margin),
    down: cellsOf(box.top, box.height, H, height, margin),
  }));
  let [largest, peaks, hits, sum] = [0, 0, 0, 0];
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    sum += weight;
    if (weight < largest) continue;
    if (weight > largest) [largest, peaks, hits] = [weight, 0, 0];
    const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
    peaks++;
    if (grown.some(({ across, down }) => isIn(x, across) && isIn(y, down))) hits++;
  }
  // Between two neighbouring edges of boxes a strip of the picture is in the same boxes from left to right.
  const edges = [...new Set(grown.flatMap(({ down }) => down))].sort((a, b) => a - b);
  let [mass, area] = [0, 0];
  edges.slice(1).forEach((to, i) => {
    const strip: Span = [edges[i] as number, to];
    const spans = joined(grown.filter(({ down }) => down[0] <= strip[0] && to <= down[1]).map(({ across }) => across));
    for (const span of spans) {
      area += (to - strip[0]) * (span[1] - span[0]);
      mass += massOf(weights, width, span, strip);
    }
  });
  return { hit: hits / peaks, mass: mass / sum, area: area / (height * width) };
}

/** A side of a box in cells: grown, and within the grid. */
function cellsOf(start: number, length: number, pixels: number, cells: number, margin: number): Span {
  const scale = cells / pixels;
  const within = (at: number) => Math.min(cells, Math.max(0, at));
  return [within(start * scale - margin), within((start + length) * scale + margin)];
}

const isIn = (at: number, [from, to]: Span): boolean => from <= at && at <= to;

/** Intervals without what they share. */
function joined(spans: readonly Span[]): readonly Span[] {
  const all: Span[] = [];
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last && from <= last[1]) all[all.length - 1] = [last[0], Math.max(last[1], to)];
    else all.push([from, to]);
  }
  return all;
}

/** The weights of a rectangle: of a cell that lies in it by a part, that part. */
function massOf(weights: ArrayLike<number>, width: number, across: Span, down: Span): number {
  const shared = (cell: number, [from, to]: Span) => Math.min(cell + 1, to) - Math.max(cell, from);
  let mass = 0;
  for (let y = Math.floor(down[0]); y < down[1]; y++) {
    for (let x = Math.floor(across[0]); x < across[1]; x++) {
      mass += shared(y, down) * shared(x, across) * (weights[y * width + x] as number);
    }
  }
  return mass;
}

function requireOptions(size: PointingOptions["size"], margin: number): void {
  const isSize = Array.isArray(size) && size.length === 2 && size.every((side) => Number.isFinite(side) && side > 0);
  if (!isSize) {
    const received = Array.isArray(size) ? `[${size.join(", ")}]` : describe(size);
    throw new OptionError(`pointingGame: size is ${received}; expected the picture's [height, width] in pixels.`, {
      size,
    });
  }
  if (!(Number.isFinite(margin) && margin >= 0)) {
    throw new OptionError(`pointingGame: margin is ${margin}; expected a number of cells from 0.`, { margin });
  }
}

function requirePointing(pointing: Pointing, index: number): void {
  const place = `pointingGame: pointing ${index}`;
  if (typeof pointing !== "object" || pointing === null) {
    throw new ArgumentError(`${place} is ${describe(pointing)}; expected { weights, height, width, boxes }.`);
  }
  const { weights, height, width, boxes } = pointing;
  if (weights?.length !== height * width || weights.length === 0) {
    throw new ShapeError(`${place} has ${weights?.length} weights for a grid of ${height} × ${width}.`, { index });
  }
  const all = Array.from(weights);
  const bad = all.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (bad >= 0) {
    throw new DataError(`${place}: weight ${bad} is ${weights[bad]}; expected a number from 0.`, { index });
  }
  if (all.every((weight) => weight === 0)) throw new DataError(`${place}: all weights are 0.`, { index });
  requireList(`${place}: the boxes`, boxes);
  if (boxes.length === 0) {
    throw new DataError(`${place} has no box. Leave out words that speak of nothing in the picture.`, { index });
  }
  for (const box of boxes) {
    const { left, top, width: across, height: down } = box;
    if ([left, top].every(Number.isFinite) && across > 0 && down > 0 && Number.isFinite(across + down)) continue;
    throw new DataError(
      `${place}: a box is ${JSON.stringify(box)}; expected { left, top, width, height } in pixels, with a width and height above 0.`,
      { index },
    );
  }
}
