import { readCaptions } from "@throughtime/image-data";
import { describe, expect, test } from "vitest";

const KARPATHY = {
  dataset: "flickr8k",
  images: [
    image("a.jpg", "train", ["A dog runs .", "A brown\tdog  runs ."]),
    image("b.jpg", "val", ["Two men ."]),
    image("c.jpg", "test", ["A boat ."]),
    { ...image("d.jpg", "restval", ["A cat ."]), filepath: "val2014" },
  ],
};
function image(filename: string, split: string, sentences: readonly string[]) {
  return { filename, imgid: 0, split, sentences: sentences.map((raw) => ({ raw, tokens: raw.split(" "), sentid: 0 })) };
}

const COCO = {
  info: { year: 2017 },
  images: [
    { id: 397133, file_name: "000000397133.jpg", height: 427 },
    { id: 7, file_name: "7.jpg" },
    { id: 8, file_name: "8.jpg" },
  ],
  annotations: [
    { id: 1, image_id: 7, caption: "A rose in a vase.\n" },
    { id: 2, image_id: 397133, caption: "A man makes pizzas." },
    { id: 3, image_id: 7, caption: "A flower." },
    { id: 4, image_id: 8, caption: "  " },
  ],
};

const NUMBERED = [
  "1000_a.jpg#0\tA child in a pink dress .",
  "1001_b.jpg#0\tA black dog , and a spotted dog",
  "1000_a.jpg#1\tA girl .",
  "2258277193_c.jpg.1#0\tA dog on the sand .",
  "",
].join("\r\n");

const shown = (file: ReturnType<typeof readCaptions>) =>
  file.images.map(({ source, captions, part }) => [source.name, part, ...captions]);

describe("readCaptions reads", () => {
  test("Karpathy's JSON, with its parts, of which restval is trained on", () => {
    const file = readCaptions(JSON.stringify(KARPATHY));
    expect(file).toMatchObject({ form: "karpathy", withoutCaption: [], withoutPart: [] });
    expect(shown(file)).toEqual([
      ["a.jpg", "train", "A dog runs .", "A brown dog runs ."],
      ["b.jpg", "validation", "Two men ."],
      ["c.jpg", "test", "A boat ."],
      ["val2014/d.jpg", "train", "A cat ."],
    ]);
  });

  test("COCO's JSON, whose captions stand apart, and says which pictures have none", () => {
    const file = readCaptions(`\ufeff\n${JSON.stringify(COCO, null, 1)}`, { folder: "coco/val2017/" });
    expect(shown(file)).toEqual([
      ["000000397133.jpg", undefined, "A man makes pizzas."],
      ["7.jpg", undefined, "A rose in a vase.", "A flower."],
    ]);
    expect(file).toMatchObject({ form: "coco", withoutCaption: ["8.jpg"] });
    expect(file.images[0]?.source).toEqual({ name: "000000397133.jpg", path: "coco/val2017/000000397133.jpg" });
  });

  test("Flickr8k's lines, and the lists of its parts", () => {
    const parts = { train: "1001_b.jpg\n", test: "\n1000_a.jpg\r\n" };
    const file = readCaptions(NUMBERED, { parts });
    expect(shown(file)).toEqual([
      ["1000_a.jpg", "test", "A child in a pink dress .", "A girl ."],
      ["1001_b.jpg", "train", "A black dog , and a spotted dog"],
    ]);
    expect(file).toMatchObject({ form: "flickr8k", withoutPart: ["2258277193_c.jpg.1"] });
    expect(shown(readCaptions(NUMBERED)).map(([name, part]) => [name, part])).toEqual([
      ["1000_a.jpg", undefined],
      ["1001_b.jpg", undefined],
      ["2258277193_c.jpg.1", undefined],
    ]);
  });

  test("a table of pictures and captions, some of them in quotes", () => {
    const table = `image,caption\na.jpg,A dog , and a cat .\n"b, c.jpg","A man says ""hi"" , twice"\na.jpg,Said "no" .\n`;
    const file = readCaptions(table);
    expect(file.form).toBe("table");
    expect(shown(file)).toEqual([
      ["a.jpg", undefined, "A dog , and a cat .", 'Said "no" .'],
      ["b, c.jpg", undefined, 'A man says "hi" , twice'],
    ]);
  });
});

describe("readCaptions refuses", () => {
  const karpathy = (...images: object[]) => JSON.stringify({ images });
  const coco = (more: object) => JSON.stringify({ ...COCO, ...more });
  const one = image("a.jpg", "train", ["A dog ."]);

  test.each<[string, string, string]>([
    ["nothing", "", "line 1 of x.json is \"\"; expected Karpathy's or COCO's JSON"],
    ["another text", "a.jpg: a dog", 'line 1 of x.json is "a.jpg: a dog"; expected'],
    ["a cut file", JSON.stringify(KARPATHY).slice(0, 99), "the content of x.json begins as JSON and is none: "],
    ["a list", "[1]", "the JSON of x.json is an array of 1; expected an object."],
    ["JSON of something else", `{"name":"x"}`, "images of x.json is undefined; expected a list."],
    ["a file without captions", karpathy(image("a.jpg", "train", [])), "all of x.json have 1 pictures, and no caption"],
    ["an image that is none", karpathy(one, [] as object), "images[1] of x.json is an array of 0; expected an object."],
    [
      "an unknown part",
      karpathy({ ...one, split: "dev" }),
      'images[0].split of x.json is "dev"; expected one of train, restval, val, test.',
    ],
    ["a part that every object has", karpathy({ ...one, split: "toString" }), "images[0].split"],
    [
      "a sentence without text",
      karpathy({ ...one, sentences: [{ tokens: ["a"] }] }),
      "images[0].sentences[0].raw of x.json is undefined",
    ],
    ["a picture that stands twice", karpathy(one, one), 'images[1] of x.json is "a.jpg", which images[0] is already.'],
    [
      "a path that leads out",
      karpathy({ ...one, filename: "../../etc/passwd" }),
      `images[0].filename of x.json is "../../etc/passwd"; expected a path beneath`,
    ],
    ["a folder that leads out", karpathy({ ...one, filepath: "..\\x" }), "images[0].filepath of x.json is"],
    [
      "an absolute path",
      coco({ images: [{ id: 7, file_name: "/etc/passwd" }] }),
      `images[0].file_name of x.json is "/etc/passwd"`,
    ],
    ["a drive", coco({ images: [{ id: 7, file_name: "C:secret.jpg" }] }), "images[0].file_name"],
    ["a picture without a name", coco({ images: [{ id: 7 }] }), "images[0].file_name of x.json is undefined"],
    [
      "an id that stands twice",
      coco({ images: [...COCO.images, COCO.images[0]] }),
      "images[3].id of x.json is 397133, which images[0] has already.",
    ],
    ["an id that is none", coco({ images: [{ id: null, file_name: "a.jpg" }] }), "images[0].id of x.json is null"],
    [
      "a caption of no picture",
      coco({ annotations: [{ image_id: 9, caption: "A cat." }] }),
      "annotations[0].image_id of x.json is 9, which is the id of none of the 3 images.",
    ],
    [
      "an id of another kind",
      coco({ annotations: [{ image_id: "7", caption: "A cat." }] }),
      `annotations[0].image_id of x.json is "7"`,
    ],
    [
      "a caption that is none",
      coco({ annotations: [{ image_id: 7, caption: 5 }] }),
      "annotations[0].caption of x.json is the number 5; expected a caption.",
    ],
    [
      "an endless caption",
      coco({ annotations: [{ image_id: 7, caption: "a ".repeat(6000) }] }),
      "annotations[0].caption of x.json has 12000 characters",
    ],
    [
      "a line without a tab",
      `${NUMBERED}\na.jpg A dog .`,
      `line 6 of x.json is "a.jpg A dog ."; expected a file's name, "#" and a number`,
    ],
    [
      "a caption's number that stands twice",
      `${NUMBERED}\n1000_a.jpg#01\tA dog .`,
      'line 6 of x.json is caption "1000_a.jpg#1", which line 3 is already.',
    ],
    ["a line that leads out", "a.jpg#0\tx\n../a.jpg#0\tx", 'the file of line 2 of x.json is "../a.jpg"'],
    ["a row without a comma", "image,caption\na.jpg", 'line 2 of x.json is "a.jpg"; expected a file\'s name, a comma'],
    ["a row that a quote leaves open", 'image,caption\n"a.jpg,A dog', "line 2 of x.json is"],
    ["a row without a file", "image,caption\n,A dog", "the file of line 2 of x.json is"],
  ])("%s", (_, text, message) => {
    const run = () => readCaptions(text, { name: "x.json" });
    expect(run).toThrow(`readCaptions: ${message}`);
    expect(run).toThrow(expect.objectContaining({ name: "DataError" }));
  });

  test("a list with a file that has no captions, or that another list has", () => {
    const read = (parts: object) => () => readCaptions(NUMBERED, { name: "tokens.txt", parts });
    expect(read({ test: "1000_a.jpg\n9.jpg" })).toThrow(
      'line 2 of the list of the test part is "9.jpg", of which tokens.txt has no caption.',
    );
    expect(read({ train: "1000_a.jpg", test: "1000_a.jpg" })).toThrow(
      'line 1 of the list of the test part is "1000_a.jpg", which is in the train part already.',
    );
    expect(read({ train: "1000_a.jpg\n1000_a.jpg" })).toThrow("line 2 of the list of the train part");
  });

  test("what is no text", () => {
    expect(() => readCaptions(Buffer.from("{}") as never)).toThrow("readCaptions: received");
  });

  test("endless lines at once", () => {
    const started = performance.now();
    for (const text of [
      `a${"#1".repeat(200_000)}`,
      `image,caption\n${'""'.repeat(200_000)}`,
      `a.jpg#0\tx\n${"#".repeat(400_000)}`,
    ]) {
      expect(() => readCaptions(text)).toThrow(/readCaptions: line \d/);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
