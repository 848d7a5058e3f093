import type { Colour } from "@throughtime/vision";
import type { Numbers } from "./numbers.js";
import { SCENE_COLOURS, SCENE_RELATIONS, type Scene, type SceneObject, type SceneSize } from "./scene.js";
import { boundsOf, contains, outline, SCENE_SHAPES } from "./shapes.js";

/** A scene of width and height 1, without its words. */
type Plan = Pick<Scene, "background" | "objects" | "asked" | "relation">;

/** Radii of the asked objects, in parts of the picture's width. Their areas differ by 1.7 or more. */
const RADII: Readonly<Record<SceneSize, readonly [number, number]>> = {
  small: [0.07, 0.08],
  medium: [0.105, 0.12],
  large: [0.155, 0.175],
};
const SIZES_OF_PAIR: readonly (readonly [SceneSize, SceneSize])[] = [
  ["small", "medium"],
  ["small", "large"],
  ["medium", "large"],
];
/** The other objects of a crowd are smaller than both asked ones by this factor or more. */
const SMALLER = 1.25;
const LEAST_RADIUS = 0.05;

const PAINTS: Readonly<Record<(typeof SCENE_COLOURS)[number], Colour>> = {
  red: [212, 46, 48],
  orange: [240, 138, 34],
  yellow: [244, 212, 52],
  green: [48, 158, 66],
  blue: [44, 92, 212],
  purple: [144, 62, 188],
};
/** How far a channel may be from its colour. */
const SPREAD = 14;

/** The most that the smaller of two distances may be of the larger, which makes the relation. */
const ASLANT = 0.6;
/** Between objects that do not touch, and to the picture's edge. */
const GAP = 1 / 64;
/** What is seen of an object at least. */
const VISIBLE = 0.6;
const TRIES = 60;

/** Two coloured objects of different sizes and one to three grey ones of any size; none of them touch. */
export function pair(random: Numbers): Plan {
  for (;;) {
    const asked = askedPair(random, apart);
    if (asked === undefined) continue;
    const objects = [...asked.objects];
    for (let rest = random.whole(1, 3); rest > 0; rest--) {
      const radius = random.between(...RADII[random.pick(["small", "medium"] as const)]);
      const next = placed(
        () => object(random, "grey", radius),
        (one) => objects.every((other) => apart(one, other)),
      );
      if (next !== undefined) objects.push(next);
    }
    if (objects.length > 2) return { ...asked, objects };
  }
}

/** Two objects of different sizes, and one to three smaller ones of which about half lie over or under another one. */
export function crowd(random: Numbers): Plan {
  for (;;) {
    const asked = askedPair(random, mayOverlap);
    if (asked === undefined) continue;
    const objects = [...asked.objects];
    const most = Math.min(RADII.small[1], asked.objects[0].radius / SMALLER);
    for (let rest = random.whole(1, 3); rest > 0; rest--) {
      const radius = random.between(LEAST_RADIUS, most);
      const beside = random.whole(0, 2) === 0 ? undefined : random.pick(objects);
      const next = placed(
        () => object(random, random.pick(SCENE_COLOURS), radius, beside),
        (one) => objects.every((other) => mayOverlap(one, other)),
      );
      if (next !== undefined) objects.push(next);
    }
    if (objects.length === 2) continue;
    const order = objects.map((one) => ({ one, at: random.between(0, 1) })).sort((a, b) => a.at - b.at);
    const backToFront = order.map(({ one }) => one);
    if (!allSeen(backToFront)) continue;
    const place = (i: 0 | 1) => backToFront.indexOf(asked.objects[i]);
    return { ...asked, objects: backToFront, asked: [place(0), place(1)] };
  }
}

type Accept = (one: SceneObject, other: SceneObject) => boolean;

/** The figure, which is the smaller one, and the ground, so that the relation holds; undefined where they found no place. */
function askedPair(random: Numbers, accept: Accept) {
  const background: Colour = [random.whole(232, 255), random.whole(232, 255), random.whole(232, 255)];
  const [small, large] = random.pick(SIZES_OF_PAIR);
  const relation = random.pick(SCENE_RELATIONS);
  const [figureColour, groundColour] = [random.pick(SCENE_COLOURS), random.pick(SCENE_COLOURS)];
  const [figureRadius, groundRadius] = [random.between(...RADII[small]), random.between(...RADII[large])];
  const ground = object(random, groundColour, groundRadius);
  const figure = placed(
    () => object(random, figureColour, figureRadius),
    (one) => relationOf(one, ground) === relation && accept(one, ground),
  );
  if (figure === undefined) return undefined;
  return { background, relation, asked: [0, 1] as const, objects: [figure, ground] as const };
}

function placed(make: () => SceneObject, accept: (one: SceneObject) => boolean) {
  for (let i = 0; i < TRIES; i++) {
    const one = make();
    if (accept(one)) return one;
  }
  return undefined;
}

/** Somewhere in the picture, or at the edge of another object. */
function object(random: Numbers, colour: SceneObject["colour"], radius: number, beside?: SceneObject): SceneObject {
  const shape = random.pick(SCENE_SHAPES);
  // The tangent of half of 15°.
  const turn = random.between(-0.1316, 0.1316);
  const around = boundsOf(outline(shape, [0, 0], radius, turn));
  const inside = (at: number, low: number, high: number) => Math.min(1 - GAP - high, Math.max(GAP - low, at));
  const reach = beside === undefined ? 0 : beside.radius + radius;
  const at = (i: 0 | 1, low: number, high: number) =>
    beside === undefined
      ? random.between(GAP - low, 1 - GAP - high)
      : inside(beside.centre[i] + random.between(-reach, reach), low, high);
  const centre = [at(0, around.left, around.right), at(1, around.top, around.bottom)] as const;
  const box = {
    left: centre[0] + around.left,
    top: centre[1] + around.top,
    width: around.right - around.left,
    height: around.bottom - around.top,
  };
  return { shape, colour, size: sizeOf(radius), centre, radius, turn, paint: paintOf(random, colour), box };
}

const sizeOf = (radius: number): SceneSize =>
  radius <= RADII.small[1] ? "small" : radius <= RADII.medium[1] ? "medium" : "large";

function paintOf(random: Numbers, colour: SceneObject["colour"]): Colour {
  if (colour === "grey") {
    const level = random.whole(95, 175);
    return [level, level, level];
  }
  const [r, g, b] = PAINTS[colour];
  const near = (value: number) => Math.min(255, value + random.whole(-SPREAD, SPREAD));
  return [near(r), near(g), near(b)];
}

/** Of the first to the second; undefined where it is as much beside as above or below. */
function relationOf({ centre: [x, y] }: SceneObject, { centre: [x1, y1] }: SceneObject): Scene["relation"] | undefined {
  const [across, down] = [x - x1, y - y1];
  if (Math.abs(down) <= ASLANT * Math.abs(across)) return across < 0 ? "left of" : "right of";
  if (Math.abs(across) <= ASLANT * Math.abs(down)) return down < 0 ? "above" : "below";
  return undefined;
}

/** Whether the rectangles around two objects have a gap between them. */
function apart({ box: a }: SceneObject, { box: b }: SceneObject): boolean {
  return (
    a.left + a.width + GAP <= b.left ||
    b.left + b.width + GAP <= a.left ||
    a.top + a.height + GAP <= b.top ||
    b.top + b.height + GAP <= a.top
  );
}

/** Whether most of the smaller one is beside the larger one, and all of it where one colour would make them one shape. */
function mayOverlap(one: SceneObject, other: SceneObject): boolean {
  if (one.colour === other.colour) return apart(one, other);
  const least = Math.max(one.radius, other.radius) + Math.min(one.radius, other.radius) / 4;
  const [across, down] = [one.centre[0] - other.centre[0], one.centre[1] - other.centre[1]];
  return across * across + down * down >= least * least;
}

/** Whether enough is seen of each object beside those in front of it, by 12 × 12 points in its box. */
function allSeen(objects: readonly SceneObject[]): boolean {
  const outlines = objects.map(({ shape, centre, radius, turn }) => outline(shape, centre, radius, turn));
  return objects.every(({ box }, i) => {
    const before = outlines.slice(i + 1).filter((_, j) => touch(box, (objects[i + 1 + j] as SceneObject).box));
    if (before.length === 0) return true;
    let [inside, seen] = [0, 0];
    for (let k = 0; k < 144; k++) {
      const x = box.left + (((k % 12) + 0.5) / 12) * box.width;
      const y = box.top + ((Math.floor(k / 12) + 0.5) / 12) * box.height;
      if (!contains(outlines[i] as readonly number[], x, y)) continue;
      inside++;
      if (!before.some((other) => contains(other, x, y))) seen++;
    }
    return seen >= VISIBLE * inside;
  });
}

const touch = (a: SceneObject["box"], b: SceneObject["box"]): boolean =>
  a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;
