import { memoryFiles, type Said } from "@throughtime/task";
import { memoryStore } from "@throughtime/train";
import { beforeAll, expect, test } from "vitest";
import { captioningTask } from "./support/captioning.js";
import { drawnPictures, writePgm } from "./support/pictures.js";
import { openModel, type Trained, textOf, trained, used } from "./support/training.js";

const OPTIONS = { data: "pictures", hidden: 24, batch: 9, learningRate: 0.02, schedule: "constant", validation: 0.15 };
const pictures = drawnPictures("pictures", 6);
const wide = writePgm({ width: 2, height: 1, pixels: Uint8Array.of(0, 255) });
const files = memoryFiles({
  ...pictures,
  ...{ "other/wide.pgm": wide, "other/captions.tsv": "wide.pgm\ttwo pixels\n", "bad/captions.tsv": "cat.pgm\ta cat\n" },
  "note.txt": "no picture",
  "box-38.ppm": color(pictures["pictures/box-38.pgm"] as Uint8Array),
});
const [caption] = captioningTask.uses;

/** The same picture, with three equal bytes for each pixel. */
function color(pgm: Uint8Array): Uint8Array {
  const body = pgm.subarray(pgm.length - 36);
  return Uint8Array.from([
    ...new TextEncoder().encode("P6 6 6 255\n"),
    ...[...body].flatMap((shade) => [shade, shade, shade]),
  ]);
}

let whole: Trained;
beforeAll(async () => {
  whole = await trained(captioningTask, { ...OPTIONS, steps: 400, validateEvery: 200 }, { files });
}, 60_000);

test("pictures get captions, also those that were kept apart", async () => {
  if (!caption) throw new Error("there is no caption.");
  const saved = await openModel(captioningTask, await whole.last());
  const inputs = Object.keys(pictures).filter((name) => name.endsWith(".pgm"));
  const said = (await used(caption, saved, {}, { files, inputs })).map(({ json }) => json as Captioned);
  const captions = new Map(
    (pictures["pictures/captions.tsv"] as string).split("\n").map((line) => line.split("\t")) as [string, string][],
  );
  const right = said.filter(({ image, caption: text }) => captions.get(image.slice("pictures/".length)) === text);
  expect(right.length / inputs.length).toBeGreaterThan(0.95);
  const [measured] = await used(captioningTask.evaluate, saved, { data: "pictures" }, { files });
  const { nats, pictures: apart } = (measured as Said).json as { nats: number; pictures: number };
  expect(nats).toBeLessThan(0.05);
  expect(apart).toBeGreaterThan(1);
});

type Captioned = { readonly image: string; readonly caption: string };

test("arguments after the model are its inputs; one that is no picture is told of, and the others are captioned", async () => {
  if (!caption) throw new Error("there is no caption.");
  const saved = await openModel(captioningTask, await whole.last());
  const inputs = ["pictures/bar-0.pgm", "note.txt", "other/wide.pgm", "none.pgm", "box-38.ppm"];
  const said = await used(caption, saved, { pictures: "out" }, { files, inputs });
  expect(textOf(said)).toBe("bar-0.pgm: left bar\nbox-38.ppm: left box\n");
  expect(said.flatMap(({ problem }) => problem ?? [])).toEqual([
    "note.txt is no picture: expected a PGM or PPM file of 255 shades (P5 or P6).",
    "wide.pgm has 2 × 1 pixels; expected 6 × 6.",
    "cannot read none.pgm: there is no such file.",
  ]);
  const drawn = said.flatMap(({ files: written }) => (written ? [written] : []));
  expect(drawn.map(({ option, contents }) => [option, ...Object.keys(contents)])).toEqual([
    ["pictures", "1-bar-0.pgm.svg"],
    ["pictures", "5-box-38.ppm.svg"],
  ]);
  expect(new TextDecoder().decode(drawn[0]?.contents["1-bar-0.pgm.svg"])).toContain("left bar</text></svg>");
});

test("what a validation finds is told to people, and as data with pictures for the history", () => {
  const [first] = whole.validations as readonly {
    fields: { examples: object[]; sections: object[] };
    notes: string[];
  }[];
  expect(whole.validations).toHaveLength(2);
  expect(first?.notes[0]).toMatch(/^\w+-\d+\.pgm: /);
  expect(first?.fields.examples[0]).toEqual({
    input: expect.any(String),
    output: expect.any(String),
    expected: expect.any(String),
  });
  expect(first?.fields.sections).toMatchObject([
    { kind: "svg", pictures: [{ svg: expect.stringMatching(/^<svg/) }, {}, {}, {}] },
  ]);
});

test("it is resumed to the byte, of the same pictures only", async () => {
  const options = { ...OPTIONS, steps: 20 };
  const unbroken = await trained(captioningTask, options, { files });
  const store = memoryStore();
  const stop = new AbortController();
  const onReport = ({ step }: { step: number }) => step === 7 && stop.abort();
  await trained(captioningTask, options, { files, store, onReport, signal: stop.signal });
  const { last } = await trained(captioningTask, { data: "pictures" }, { files, store });
  expect(await last()).toEqual(await unbroken.last());
  await expect(trained(captioningTask, { data: "other" }, { files, store })).rejects.toThrow("learned other pictures");
});

test("what is wrong with a folder is said", async () => {
  const wrong = (data?: string) => trained(captioningTask, { ...OPTIONS, data }, { files });
  await expect(wrong("bad")).rejects.toThrow('captions.tsv names "cat.pgm", which is not in bad.');
  await expect(wrong("none")).rejects.toThrow("cannot read none: there is no such folder.");
  await expect(wrong()).rejects.toThrow("--data FOLDER is needed");
});
