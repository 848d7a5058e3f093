import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type Bleu,
  type BleuTokenizer,
  bleu,
  bleuTokens,
  chooseBleuTokenizer,
  chrf,
  sentenceBleu,
} from "../src/index.js";

type Numbers = readonly [number, readonly number[], number, number, number];
/** What goldens/make_tokenizer_goldens.py writes, by sacreBLEU 2.6. */
interface Golden {
  readonly tokenizers: readonly BleuTokenizer[];
  readonly texts: readonly string[];
  /** By text and tokenizer; and by text, lower-cased, of 13a. */
  readonly tokens: readonly (readonly (readonly string[])[])[];
  readonly lower: readonly (readonly string[])[];
  readonly sentences: readonly {
    readonly hypothesis: string;
    readonly references: readonly string[];
    readonly scores: readonly { readonly bleu: Numbers; readonly signature: string }[];
  }[];
  readonly corpora: readonly {
    readonly hypotheses: readonly string[];
    readonly references: readonly (readonly string[])[];
    readonly scores: readonly { readonly bleu: Numbers; readonly lower: boolean; readonly signature: string }[];
    readonly chrf: number;
  }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL("goldens/tokenizers.json", import.meta.url), "utf8"));

function expectEqual(
  found: Bleu,
  [score, precisions, penalty, said, expected]: Numbers,
  signature: string,
  at: string,
) {
  expect([found.signature, found.hypothesisLength, found.referenceLength], at).toEqual([signature, said, expected]);
  expect(found.score, at).toBeCloseTo(score, 8);
  expect(found.brevityPenalty, at).toBeCloseTo(penalty, 10);
  found.precisions.forEach((p, i) => expect(p, at).toBeCloseTo(precisions[i] as number, 8));
}

describe.each(golden.tokenizers.map((name, i) => ({ name, i })))("tok:$name", ({ name, i }) => {
  test("cuts as sacreBLEU does", () => {
    golden.texts.forEach((text, n) =>
      expect(bleuTokens(text, name), JSON.stringify(text)).toEqual(golden.tokens[n]?.[i]),
    );
  });

  test("BLEU of sentences, with effective order, is sacreBLEU's", () => {
    for (const { hypothesis, references, scores } of golden.sentences) {
      const { bleu: numbers, signature } = scores[i] as (typeof scores)[number];
      expectEqual(
        sentenceBleu(hypothesis, references, { tokenize: name }),
        numbers,
        signature,
        JSON.stringify(hypothesis),
      );
    }
  });

  test("BLEU of corpora with two references, with and without case, is sacreBLEU's", () => {
    for (const { hypotheses, references, scores } of golden.corpora) {
      for (const { bleu: numbers, lower, signature } of scores.slice(2 * i, 2 * i + 2)) {
        const found = bleu(hypotheses, references, { tokenize: name, case: lower ? "lower" : "mixed" });
        expectEqual(found, numbers, signature, signature);
      }
    }
  });
});

test("lower case is Python's", () => {
  golden.texts.forEach((text, n) => expect(bleuTokens(text.toLowerCase(), "13a")).toEqual(golden.lower[n]));
});

test("chrF leaves out what Python takes for white space", () => {
  for (const { hypotheses, references, chrf: expected } of golden.corpora) {
    expect(chrf(hypotheses, references).score).toBeCloseTo(expected, 8);
  }
});

test("a tokenizer that there is not is an error", () => {
  expect(() => bleu(["a"], ["a"], { tokenize: "ja-mecab" as never })).toThrow(
    /tokenize must be one of 13a, intl, zh, char, none, received "ja-mecab"/,
  );
});

test.each<[BleuTokenizer, readonly string[]]>([
  ["zh", ["我喜欢吃苹果。", "他说：“你好！”", "我有3.5元。"]],
  ["zh", ["我用 Python 写代码", "这是 iPhone 的新功能"]],
  ["char", ["私はりんごが好きです。", "カタカナ"]],
  ["char", ["ฉันชอบกินแอปเปิ้ล", "สวัสดี ชาวโลก"]],
  ["char", ["ខ្ញុំចូលចិត្តផ្លែប៉ោម។"]],
  ["char", ["ကျွန်တော်ပန်းသီးကြိုက်တယ်။"]],
  ["13a", ["I like apples.", "The word 苹果 is Chinese."]],
  ["13a", ["나는 사과를 좋아한다.", "나는 학교에 갔다."]],
  ["13a", ["我 喜欢 吃 苹果 。", "他 说 ： “ 你好 ！ ”"]],
  ["13a", ["สวัสดี ชาว โลก", "ฉัน ชอบ กิน"]],
  ["13a", ["", "123"]],
  ["13a", []],
])("%s is for %j", (name, references) => {
  expect(chooseBleuTokenizer(references)).toBe(name);
  expect(chooseBleuTokenizer(references.map((text) => [text, text]))).toBe(name);
});
