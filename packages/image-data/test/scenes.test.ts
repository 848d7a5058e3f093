import { createHash } from "node:crypto";
import { drawScene, type Scene, type SceneObject, type SceneOptions, scene, sceneImage } from "@throughtime/image-data";
import { describe, expect, test } from "vitest";

const KINDS = ["pair", "crowd"] as const;
/** Of the captions and pixels of the first 20 scenes of seed 7. */
const HASHES = { pair: "a99d228696273ae1", crowd: "82dec8cf8b540aeb" };
const some = (count: number, options: SceneOptions): Scene[] =>
  Array.from({ length: count }, (_, i) => scene(i, options));
const asked = ({ objects, asked: [a, b] }: Scene) => [objects[a], objects[b]] as readonly [SceneObject, SceneObject];

const [WHITE, BLACK] = [[255, 255, 255] as const, [0, 0, 0] as const];

/** What is seen of each object: the pixels that are white where it is white and all others are black. */
function seen(given: Scene) {
  const { size, objects } = given;
  return objects.map((_, i) => {
    const painted = objects.map((one, j) => ({ ...one, paint: j === i ? WHITE : BLACK }));
    const alone = drawScene({ ...given, background: BLACK, objects: painted });
    let [area, x, y] = [0, 0, 0];
    let [left, top, right, bottom] = [size, size, 0, 0];
    for (let at = 0; at < size * size; at++) {
      const share = (alone.data[4 * at] as number) / 255;
      if (share === 0) continue;
      const [column, row] = [at % size, Math.floor(at / size)];
      area += share;
      x += share * (column + 0.5);
      y += share * (row + 0.5);
      [left, top] = [Math.min(left, column), Math.min(top, row)];
      [right, bottom] = [Math.max(right, column + 1), Math.max(bottom, row + 1)];
    }
    return { area, centre: [x / area, y / area] as const, left, top, right, bottom };
  });
}

describe.each(KINDS)("a scene of kind %s", (kind) => {
  test("is the same on every machine", () => {
    const hash = createHash("sha256");
    for (const each of some(20, { kind, seed: 7 })) hash.update(each.caption).update(drawScene(each).data);
    expect(hash.digest("hex").slice(0, 16)).toBe(HASHES[kind]);
  });

  test("is another one for each number, seed and part", () => {
    const pictures = [
      ...some(300, { kind }),
      ...some(300, { kind, part: "validation" }),
      ...some(300, { kind, part: "test" }),
      ...some(300, { kind, seed: 1 }),
    ].map((each) => createHash("sha256").update(drawScene(each).data).digest("hex"));
    expect(new Set(pictures).size).toBe(1200);
    expect(scene(5, { kind })).toEqual(scene(5, { kind, seed: 0, part: "train", size: 64 }));
  });

  test("is plain data, and the same picture at every size", () => {
    for (const [i, small] of some(20, { kind, size: 32 }).entries()) {
      const large = scene(i, { kind, size: 128 });
      expect(large.caption).toBe(small.caption);
      const [fine, coarse] = [drawScene(large), drawScene(small)];
      let worst = 0;
      for (let at = 0; at < coarse.data.length; at++) {
        const [pixel, c] = [Math.floor(at / 4), at % 4];
        const [y, x] = [Math.floor(pixel / 32), pixel % 32];
        let sum = 0;
        for (let k = 0; k < 16; k++) sum += fine.data[4 * ((4 * y + (k >> 2)) * 128 + 4 * x + (k % 4)) + c] as number;
        worst = Math.max(worst, Math.abs(sum / 16 - (coarse.data[at] as number)));
      }
      // Where edges of two objects share a pixel, a coarse one mixes three colours and a fine one only two.
      expect(worst).toBeLessThan(kind === "pair" ? 3 : 64);
    }
    expect(JSON.parse(JSON.stringify(scene(3, { kind })))).toEqual(scene(3, { kind }));
  });

  test("has its objects inside of the picture, each in its box, with its centre and its area", () => {
    for (const each of some(100, { kind, size: 96 })) {
      each.objects.forEach((one, i) => {
        const { box } = one;
        const alone = seen({ ...each, objects: [each.objects[i] as SceneObject] })[0];
        if (alone === undefined) return expect.fail("it is not drawn");
        expect(alone.area).toBeCloseTo(Math.PI * one.radius ** 2, -0.3);
        expect(Math.hypot(alone.centre[0] - one.centre[0], alone.centre[1] - one.centre[1])).toBeLessThan(0.1);
        // The tip of a star may cover too little of a pixel to be seen.
        const sides = [alone.left, alone.top, 96 - alone.right, 96 - alone.bottom];
        const declared = [box.left, box.top, 96 - box.left - box.width, 96 - box.top - box.height];
        for (const [k, side] of sides.entries()) expect([0, 1]).toContain(side - Math.floor(declared[k] as number));
        expect(Math.min(...declared)).toBeGreaterThan(0);
      });
    }
  });

  test("has the caption that its pixels make true: the smaller one comes first, and lies where it says", () => {
    for (const each of some(300, { kind, size: 96 })) {
      const [figure, ground] = asked(each);
      const alone = seen({ ...each, objects: [figure, ground] }).map(({ centre }) => centre);
      const [[x0, y0], [x1, y1]] = alone as unknown as [[number, number], [number, number]];
      const holds = { "left of": x1 - x0, "right of": x0 - x1, above: y1 - y0, below: y0 - y1 };
      const best = Object.entries(holds).sort(([, a], [, b]) => b - a) as [string, number][];
      expect(best[0]?.[0]).toBe(each.relation);
      expect((best[1]?.[1] as number) / (best[0]?.[1] as number)).toBeLessThan(0.75);
      expect(ground.radius / figure.radius).toBeGreaterThan(1.25);
      expect(each.caption).toBe(
        `a ${figure.size} ${figure.colour} ${figure.shape} ${each.relation} a ${ground.size} ${ground.colour} ${ground.shape}`,
      );
    }
  });

  test("says of each word of size, colour and shape whose it is", () => {
    for (const each of some(50, { kind })) {
      expect(each.words.map(({ word }) => word).join(" ")).toBe(each.caption);
      const saying = each.words.filter(({ says }) => says !== undefined);
      expect(saying.map(({ says }) => says)).toEqual([0, 1].flatMap(() => ["size", "colour", "shape"]));
      for (const { word, object, says } of saying) {
        expect(word).toBe(each.objects[object as number]?.[says as "size"]);
      }
      expect(saying.map(({ object }) => object)).toEqual(each.asked.flatMap((i) => [i, i, i]));
    }
  });

  test("uses every word about equally often", () => {
    const counts: Record<string, number> = {};
    for (const each of some(3000, { kind })) {
      for (const { word, says } of each.words)
        if (says !== undefined || word !== "a") counts[word] = (counts[word] ?? 0) + 1;
    }
    const { left, right, above, below, of, ...rest } = counts as Record<string, number>;
    for (const count of [left, right, above, below]) expect(count).toBeGreaterThan(3000 / 4.6);
    expect(of).toBe((left as number) + (right as number));
    expect(Object.keys(rest).length).toBe(3 + 6 + 5);
    for (const [word, count] of Object.entries(rest)) expect(count, word).toBeGreaterThan(6000 / 7);
  });
});

describe("a pair", () => {
  test("has two coloured objects and grey ones, none of which touch", () => {
    for (const { objects, asked: pair } of some(200, { kind: "pair" })) {
      expect(objects.flatMap(({ colour }, i) => (colour === "grey" ? [] : [i]))).toEqual([...pair].sort());
      expect([1, 2, 3]).toContain(objects.length - 2);
      for (const [i, { box: a }] of objects.entries()) {
        for (const { box: b } of objects.slice(i + 1)) {
          const across = Math.max(b.left - a.left - a.width, a.left - b.left - b.width);
          expect(Math.max(across, b.top - a.top - a.height, a.top - b.top - b.height)).toBeGreaterThan(0.99);
        }
      }
    }
  });
});

describe("a crowd", () => {
  const scenes = some(300, { kind: "crowd", size: 96 });

  test("asks for its two largest objects, which are larger than the others by far", () => {
    for (const each of scenes) {
      const radii = each.objects.map(({ radius }, i) => ({ radius, i })).sort((a, b) => b.radius - a.radius);
      expect([radii[1]?.i, radii[0]?.i]).toEqual([...each.asked]);
      expect((radii[1]?.radius as number) / (radii[2]?.radius as number)).toBeGreaterThan(1.2499);
      expect([3, 4, 5]).toContain(radii.length);
    }
  });

  test("mostly has overlaps, and shows more than half of each object", () => {
    let overlapping = 0;
    for (const each of scenes) {
      const shares = seen(each).map(({ area }, i) => area / (Math.PI * (each.objects[i] as SceneObject).radius ** 2));
      expect(Math.min(...shares)).toBeGreaterThan(0.5);
      if (Math.min(...shares) < 0.98) overlapping++;
    }
    expect(overlapping / scenes.length).toBeGreaterThan(0.5);
  });
});

describe("sceneImage", () => {
  test("is a picture with its caption, drawn once and when it is needed", () => {
    const { source, captions } = sceneImage(scene(1), "scene 1");
    expect(captions).toEqual([scene(1).caption]);
    expect(source.name).toBe("scene 1");
    if (!("pixels" in source)) return expect.fail("it has no pixels");
    expect(source.pixels).toEqual(drawScene(scene(1)));
    expect(source.pixels).toBe(source.pixels);
  });
});

test("scene refuses what it cannot be asked", () => {
  expect(() => scene(-1)).toThrow("scene: the index is -1; expected a whole number from 0.");
  expect(() => scene(0, { kind: "heap" as never })).toThrow(`scene: kind is heap; expected "pair" or "crowd".`);
  expect(() => scene(0, { part: "toString" as never })).toThrow(/part is toString/);
  expect(() => scene(0, { size: 31 })).toThrow("size is 31; expected a whole number from 32 to 2048.");
  expect(() => scene(0, { seed: -1 })).toThrow(/seed/);
  expect(() => scene(0, { colours: 3 } as never)).toThrow(/colours/);
});
