import { cpu } from "@throughtime/backend-cpu";
import { memoryStore } from "@throughtime/train";
import { beforeAll, describe, expect, test } from "vitest";
import { captionTask } from "../src/task.js";
import { flickr, place, shapeSvg } from "./support/pictures.js";
import { begun, SMALL, trained, used } from "./support/training.js";

const backend = await cpu();
const folder = flickr("flickr", 12);
const here = place({
  ...folder,
  "flickr/Images/red-disc-1.svg": "not a picture",
  "note.txt": "no picture",
  "new.svg": shapeSvg("blue", "disc", 50),
});
const { evaluate, uses } = captionTask;
const [caption] = uses as [(typeof uses)[number]];
const GIVEN = { data: "flickr", minFrequency: 1, validateEvery: 200, dropout: 0, learningRate: 0.006, beam: undefined };

let first: Awaited<ReturnType<typeof trained>>;
beforeAll(async () => {
  const { beam: _, ...given } = GIVEN;
  first = await trained({ ...given, steps: 200, score: 8 }, { backend, ...here });
}, 120_000);

describe("a folder as Flickr8k has it", () => {
  test("is learned from, in its own parts; a picture that cannot be read is named and skipped", () => {
    expect(first.prepared.introduction.slice(0, 3)).toEqual([
      "Flickr8k.token.txt: trains on 62 captions of 31 pictures, validates on 8 pictures, keeps 8 for eval; a vocabulary of 12",
      "1 picture skipped, which cannot be read:",
      expect.stringContaining("red-disc-1.svg is not a picture: it is a text"),
    ]);
    expect(first.validations).toMatchObject([
      {
        fields: {
          scores: { pictures: 8, exact: expect.any(Number) },
          sections: [{ kind: "attention", pictures: Array(8).fill({ width: 32 }) }],
        },
      },
    ]);
  });

  test("is measured on the part that was kept apart", async () => {
    const { json, text } = await used(evaluate, first.last, { data: "flickr", examples: 1 }, { backend, ...here });
    expect(json[0]).toMatchObject({ data: "Flickr8k.token.txt", part: "test", pictures: 8, skipped: 0 });
    expect((json[0] as { exact: number }).exact).toBeGreaterThan(0.7);
    expect(text).toMatch(/exact \d+\.\d % of 8, BLEU-4 \d\.\d{3}, .*\n {2}red-disc-5\.svg: /);
    const beside = await used(evaluate, first.last, { data: "flickr", nearest: true }, { backend, ...here });
    // The same shape stands elsewhere among the training pictures, in the same colour.
    expect((beside.json[0] as { nearest: { exact: number } }).nearest.exact).toBeGreaterThan(0.4);
    expect(beside.text).toContain("the nearest training picture's caption: exact");
    await expect(used(evaluate, first.last, {}, { backend, ...here })).rejects.toThrow(
      "learned Flickr8k.token.txt. Say which pictures to measure it on: --data FOLDER or FILE",
    );
  });

  test("goes on only with the pictures that it learned", async () => {
    const store = memoryStore();
    await trained({ data: "flickr", minFrequency: 1, steps: 2 }, { backend, ...here, store });
    const again = (contents: Record<string, string>) =>
      trained({ data: "flickr", steps: 3 }, { backend, ...place(contents), store, resume: true });
    await expect(again(flickr("flickr", 13))).rejects.toThrow(
      /resume: this training learns Flickr8k\.token\.txt \(31 pictures/,
    );
    await expect(again(folder)).rejects.toThrow(
      "learns 62 captions of 31 pictures that could be read; now they are 64 of 32. Give the same pictures.",
    );
  });
});

test("pictures are captioned in their order; one that is none is told of, and the others are captioned", async () => {
  const inputs = ["flickr/Images/red-bar-5.svg", "note.txt", "new.svg", "none.svg"];
  const { text, problems, json, files } = await used(
    caption,
    first.last,
    { report: "out", batch: 3 },
    { backend, ...here, inputs },
  );
  expect(text).toMatch(/^flickr\/Images\/red-bar-5\.svg\t.*red bar.*\nnew\.svg\t.*blue disc.*\n$/);
  expect(problems).toEqual([expect.stringContaining("note.txt is not a picture"), expect.stringContaining("none.svg")]);
  expect(json[1]).toMatchObject({ image: "new.svg", captions: [{ text: expect.stringContaining("blue disc") }] });
  expect(Object.keys(files)).toEqual(["1.svg", "3.svg", "report.html"]);
  const page = new TextDecoder().decode(files["report.html"]);
  expect(page).toContain("new.svg");
  expect(page.match(/viewBox="0 0 256 256"/g)?.length).toBeGreaterThan(4); // as fine as the file is, not as the 32 × 32 that the model sees
  expect(new TextDecoder().decode(files["1.svg"])).toContain("&lt;end&gt;");
});

test.each<[object, Record<string, string>, RegExp]>([
  [{ data: "none" }, {}, /cannot read none/],
  [
    { data: "empty" },
    { "empty/a.svg": "" },
    /empty has no file of captions that is known by its name.*--captions FILE/,
  ],
  [
    { data: "two" },
    { "two/captions.txt": "", "two/captions.json": "" },
    /two has several files of captions: captions\.json, captions\.txt/,
  ],
  [
    { data: "c/captions.txt" },
    { "c/captions.txt": "image,caption\na.svg,a dog\n" },
    /has no picture with a caption to train on/,
  ],
  [{ data: "flickr", language: "ko" }, folder, /--language is for --data emoji; it does nothing for FOLDER/],
  [{ images: "x" }, {}, /--images is for --data FOLDER; it does nothing for scenes/],
])("what is wrong with %o is said", async (given, contents, message) => {
  await expect(begun({ ...SMALL, ...given, validation: 0, test: 0 }, { backend, ...place(contents) })).rejects.toThrow(
    message,
  );
});

test("captions, pictures and lists of parts may stand anywhere, and be of other forms", async () => {
  const svg = (i: number) => shapeSvg("red", "disc", i);
  const coco = {
    images: [0, 1, 2].map((id) => ({ id, file_name: `${id}.svg` })),
    annotations: [0, 1, 2].map((id) => ({ id, image_id: id, caption: `a disc ${id}` })),
  };
  const contents = {
    ...Object.fromEntries([0, 1, 2].map((i) => [`p/${i}.svg`, svg(i)])),
    ...{ "c/mine.json": JSON.stringify(coco), "l/a.txt": "0.svg\n", "l/b.txt": "2.svg\n", "empty/x": "" },
  };
  const lists = { trainList: "l/a.txt", validationList: "l/b.txt" };
  const given = { ...SMALL, ...lists, images: "p", minFrequency: 1 };
  for (const which of [{ data: "c/mine.json" }, { data: "empty", captions: "c/mine.json" }]) {
    const { prepared } = await begun({ ...given, ...which }, { backend, ...place(contents) });
    expect(prepared.introduction.slice(0, 2)).toEqual([
      "mine.json: trains on 1 captions of 1 pictures, validates on 1 pictures, keeps 0 for eval; a vocabulary of 7",
      "1 pictures left out: no list names them",
    ]);
  }
});
