import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { captionBleu, cider, ciderD, documentFrequencies, rougeL, tokenizeCaption } from "../src/index.js";

/** What goldens/make_caption_goldens.py writes. */
interface Golden {
  readonly hypotheses: readonly string[][];
  readonly references: readonly string[][][];
  readonly training: readonly string[][][];
  readonly bleu: { readonly score: readonly number[]; readonly each: readonly number[][] };
  readonly rougeL: readonly number[];
  readonly cider: readonly number[];
  readonly ciderD: readonly number[];
  readonly ciderDOfTraining: readonly number[];
}
const golden: Golden = JSON.parse(readFileSync(new URL("goldens/captions.json", import.meta.url), "utf8"));
const { hypotheses, references } = golden;

const near = (found: readonly number[], expected: readonly number[]) => {
  expect(found).toHaveLength(expected.length);
  found.forEach((value, i) => expect(value, `of ${i}`).toBeCloseTo(expected[i] as number, 10));
};
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
const words = (text: string) => text.split(" ");

describe("generated captions score as in Python:", () => {
  test("BLEU-1 to BLEU-4, of the corpus and of each", () => {
    const found = captionBleu(hypotheses, references);
    near(found.score, golden.bleu.score);
    near(found.each.flat(), golden.bleu.each.flat());
  });

  test("ROUGE-L", () => {
    const found = rougeL(hypotheses, references);
    near(found.each, golden.rougeL);
    expect(found.score).toBeCloseTo(mean(golden.rougeL), 10);
  });

  test.each([
    ["CIDEr", cider, golden.cider],
    ["CIDEr-D", ciderD, golden.ciderD],
  ])("%s", (_, metric, expected) => {
    const found = metric(hypotheses, references);
    near(found.each, expected);
    expect(found.score).toBeCloseTo(mean(expected), 10);
  });

  test("CIDEr-D with a training set's document frequencies", () => {
    const frequencies = documentFrequencies(golden.training);
    near(ciderD(hypotheses, references, { documentFrequencies: frequencies }).each, golden.ciderDOfTraining);
  });
});

describe("captionBleu", () => {
  test("clips a token's count to the reference that has it most (Papineni et al. 2002, example 2)", () => {
    const found = captionBleu(
      [words("the the the the the the the")],
      [[words("the cat is on the mat"), words("there is a cat on the mat")]],
    );
    expect(found.score[0]).toBeCloseTo(2 / 7, 8);
    expect(found.score[1]).toBeLessThan(1e-3);
  });

  test("takes the reference closest in length, of two the shorter", () => {
    const lengths = (...texts: string[]) => captionBleu([words("a b c d")], [texts.map(words)]).referenceLength;
    expect(lengths("a b c d e", "a b c")).toBe(3);
    expect(lengths("a", "a b c d e f", "a b c d e")).toBe(5);
  });

  test("is short by exp(1 - r / c)", () => {
    const { score } = captionBleu([words("a b c d")], [[words("a b c d e f")]]);
    for (const one of score) expect(one).toBeCloseTo(Math.exp(1 - 6 / 4), 8);
  });

  test("of what is said as the reference is 1 for orders it is long enough for; for others the cube root of 1e-15 / 1e-9", () => {
    near(
      captionBleu([words("a b c d")], [[words("a b c d")]]).score.map((one) => Math.round(one * 1e8) / 1e8),
      [1, 1, 1, 1],
    );
    const short = captionBleu([words("a b")], [[words("a b")]]).score;
    expect(short[1]).toBeCloseTo(1, 8);
    expect(short[2]).toBeCloseTo(1e-2, 8);
  });

  test("compares tokens, not what they are joined to", () => {
    expect(captionBleu([["a b", "c", "d"]], [[["a", "b c", "d"]]]).score[1]).toBeLessThan(1e-3);
  });
});

describe("rougeL", () => {
  test("of a subsequence of two tokens, by hand", () => {
    // Precision 2/3, recall 2/4.
    const { score } = rougeL([words("a dog runs")], [[words("a dog is running")]]);
    expect(score).toBeCloseTo((2.44 * (2 / 3) * (2 / 4)) / (2 / 4 + 1.44 * (2 / 3)), 12);
  });

  test("takes precision and recall each from the reference where it is best", () => {
    // Of the first reference 2/4 and 2/2, of the second 3/4 and 3/6.
    const { score } = rougeL([words("a b c d")], [[words("a b"), words("a b c x y z")]]);
    expect(score).toBeCloseTo((2.44 * 0.75 * 1) / (1 + 1.44 * 0.75), 12);
  });

  test("counts tokens in their order, with gaps, and each once", () => {
    expect(rougeL([words("c b a")], [[words("a b c")]]).score).toBeCloseTo(1 / 3, 12);
    expect(rougeL([words("a x b y c z")], [[words("a b c")]]).score).toBeCloseTo((2.44 * 0.5) / (1 + 1.44 * 0.5), 12);
    expect(rougeL([words("a a a")], [[words("a")]]).score).toBeCloseTo((2.44 * (1 / 3)) / (1 + 1.44 / 3), 12);
  });
});

describe("CIDEr", () => {
  const twoImages = [[words("red")], [words("blue")]];

  test("of a word that says which of two images it is: the 1-grams' quarter of 10", () => {
    expect(cider([words("red"), words("red")], twoImages).each).toEqual([2.5, 0]);
    expect(ciderD([words("red"), words("red")], twoImages).each).toEqual([2.5, 0]);
  });

  test("is fooled by a word said twice, and CIDEr-D is not", () => {
    const said = [words("red red"), words("blue")];
    expect(cider(said, twoImages).each[0]).toBeCloseTo(2.5, 12);
    expect(ciderD(said, twoImages).each[0]).toBeCloseTo((2.5 / 2) * Math.exp(-1 / 72), 12);
  });

  test("of what is said as the only reference is 10", () => {
    const captions = [words("a red dog runs"), words("one blue cat sits")];
    const own = captions.map((caption) => [caption]);
    near(cider(captions, own).each, [10, 10]);
    near(ciderD(captions, own).each, [10, 10]);
  });

  test("is the mean over the references", () => {
    const own = [[words("red"), words("green")], [words("blue")]];
    expect(ciderD([words("red"), words("blue")], own).each).toEqual([1.25, 2.5]);
  });

  test("weighs what every image has by 0", () => {
    const { counts, documents } = documentFrequencies([[words("a dog a"), words("a")], [words("a cat")]]);
    expect(documents).toBe(2);
    expect([counts.get("a"), counts.get("dog"), counts.get("a\0dog\0a")]).toEqual([2, 1, 1]);
    expect(ciderD([words("a"), words("a")], [[words("a dog")], [words("a cat")]]).each).toEqual([0, 0]);
  });

  test("of one image alone is 0, unless document frequencies are given", () => {
    const [said, own] = [[words("red")], [[words("red")]]];
    expect(cider(said, own).score).toBe(0);
    expect(ciderD(said, own).score).toBe(0);
    expect(ciderD(said, own, { documentFrequencies: documentFrequencies(twoImages) }).score).toBe(2.5);
  });

  test("counts the evaluated references where no frequencies are given", () => {
    const frequencies = documentFrequencies(references);
    expect(ciderD(hypotheses, references, { documentFrequencies: frequencies })).toEqual(
      ciderD(hypotheses, references),
    );
  });
});

describe("what is empty:", () => {
  const metrics = { rougeL, cider, ciderD };

  test.each(Object.entries(metrics))(
    "%s of an empty hypothesis or reference is 0, and of no hypothesis too",
    (_, metric) => {
      expect(metric([[], ["a"], ["b"]], [[["a"]], [[]], [["b"]]]).each.slice(0, 2)).toEqual([0, 0]);
      expect(metric([[]], [[[]]])).toEqual({ score: 0, each: [0] });
      expect(metric([], [])).toEqual({ score: 0, each: [] });
    },
  );

  test("BLEU of an empty hypothesis is 0, and of no hypothesis too", () => {
    expect(captionBleu([[]], [[["a"]]]).score).toEqual([0, 0, 0, 0]);
    expect(captionBleu([[]], [[[]]]).score).toEqual([0, 0, 0, 0]);
    expect(captionBleu([], [])).toEqual({ score: [0, 0, 0, 0], each: [], hypothesisLength: 0, referenceLength: 0 });
  });

  test("BLEU of a hypothesis where the reference is empty is nearly 0", () => {
    for (const one of captionBleu([["a"]], [[[]]]).score) expect(one).toBeLessThan(1e-3);
  });
});

describe("tokenizeCaption", () => {
  test.each([
    ["A man's T-shirt.", ["a", "mans", "tshirt"]],
    ["  Two dogs,\trunning\n", ["two", "dogs", "running"]],
    ["«Über» den Wolken…", ["über", "den", "wolken"]],
    ["강아지가 눈 위에서 달린다。", ["강아지가", "눈", "위에서", "달린다"]],
    ["a 👩‍🚀 for 5€ + tax", ["a", "👩‍🚀", "for", "5€", "tax"]],
    ["...", []],
    ["", []],
  ])("of %s", (text, tokens) => expect(tokenizeCaption(text)).toEqual(tokens));
});

describe("what is passed by mistake is said:", () => {
  const wrong = (value: unknown) => value as never;
  const [said, own] = [[words("a")], [[words("a")]]];

  test.each<[string, () => unknown, string]>([
    [
      "a text for tokens",
      () => captionBleu([wrong("a dog")], own),
      'captionBleu: hypothesis 0 or a reference of it is the string "a dog"; expected a list of tokens. Cut a text with tokenizeCaption(text).',
    ],
    [
      "one reference for a list of them",
      () => rougeL(said, [wrong(["a", "dog"])]),
      'rougeL: hypothesis 0 or a reference of it is the string "a"; expected a list of tokens.',
    ],
    ["no references", () => cider(said, [[]]), "cider: hypothesis 0 has no reference."],
    ["too few", () => ciderD(said, []), "ciderD: 1 hypotheses and 0 references"],
    ["ids", () => ciderD([wrong([3])], own), "hypothesis 0 or a reference of it has the number 3 for token 0"],
    ["a token with U+0000", () => rougeL([["a", "\0"]], own), "for token 1; expected a string without U+0000."],
    ["a mistyped option", () => cider(said, own, wrong({ df: 1 })), 'cider: the options have "df"'],
    [
      "references for frequencies",
      () => ciderD(said, own, wrong({ documentFrequencies: own })),
      "ciderD: documentFrequencies is an array of 1; expected what documentFrequencies(references) returns",
    ],
    [
      "null for frequencies",
      () => cider(said, own, wrong({ documentFrequencies: null })),
      "documentFrequencies is null",
    ],
    [
      "frequencies of no image",
      () => cider(said, own, { documentFrequencies: documentFrequencies([]) }),
      "of at least one image",
    ],
    [
      "a text for an image's references",
      () => documentFrequencies([wrong("a dog")]),
      'documentFrequencies: the references of image 0 is the string "a dog"',
    ],
    ["an image without references", () => documentFrequencies([[]]), "documentFrequencies: image 0 has no reference."],
    [
      "texts for references",
      () => documentFrequencies([[wrong("a dog")]]),
      'documentFrequencies: a reference of image 0 is the string "a dog"',
    ],
    ["no text", () => tokenizeCaption(wrong(undefined)), "tokenizeCaption: the text is undefined; expected a string."],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});
