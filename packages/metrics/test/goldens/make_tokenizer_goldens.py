"""Tokens, BLEU of sentences and of corpora by each of sacreBLEU's tokenizers, for tokenizers.test.ts.

    python make_tokenizer_goldens.py        (needs sacrebleu; made with 2.6.0)

Texts are made by hand and drawn at random from characters that every tokenizer treats in a way of its own. Characters are of
Unicode 14, so that every runtime knows their classes.
"""

import json
import logging
import pathlib
import random
import unicodedata

import sacrebleu
from sacrebleu.metrics.bleu import BLEU

logging.disable(logging.WARNING)
TOKENIZERS = ["13a", "intl", "zh", "char", "none"]

BY_HAND = [
    "", " ", "\n", "a", " a ", "a  b", "a\tb\rc\x0bd\x0ce", "a\u00a0b\u2009c\u3000d", "a\u0085b", "a\x1cb\x1dc\x1ed\x1fe",
    "a\ufeffb", "\ufeffa", "a\ufeff", "a\ufeff ", "a\u200bb\u180ec", "a\u2028b\u2029c", "-\n", "co-\noperate", "a-\n\n", "a-\n\x1f",
    "<skipped>a<skipped>", "&amp;lt; &lt;&gt;&quot;&amp;", "&apos;&#39;", "$5.50, 1,000.5 and 3.", ".5", "5.", "5.\x1f", "a.b,c", "...",
    ",,1,,2,,", "x-1-y 1-2 -3", "(a)[b]{c}~d|e^f_g`h\\i/j", "don't can\u2019t", "12:30 50% #1 @me a+b=c", "«Bonjour» „Hallo“ “hi” ‘x’",
    "¡Hola! ¿Qué?", "1,5\u20ac 5\u00a3 \u00a55", "x\u00b2+y\u00b3=\u00bd", "\u2160\u2161\u2167", "１２，５％", "٣٫٥ ٣،٥", "१.५।", "→←≤≥", "a→b",
    "我喜欢吃苹果。", "他说：“你好！”", "我有3.5元，你有1,000元。", "Hello世界abc", "這是繁體中文（台灣）", "㐀㐁 䶵 龥龻龼鿿", "𠀀𪛖 𪜀", "⼀⺀㆐ㇰ㈱㍿",
    "“引号”—破折号…省略", "日本語のテキストです。", "カタカナとひらがな、そして漢字！", "ｶﾀｶﾅ １２３", "今日は 3.5 度です", "나는 학교에 갔다.", "ㄱㄴㄷ ᄀ",
    "ภาษาไทยไม่มีช่องว่าง", "ភាសាខ្មែរ។", "မြန်မာစာ။", "བོད་ཡིག།", "שלום, עולם!", "مرحبا، كيف؟", "Ünïcödé naïve", "e\u0301te\u0301 n\u0303",
    "İSTANBUL ıI", "ΑΣ ΣΑΣ. ΟΔΟΣ", "STRAßE ẞ", "ǅ Ǆ", "👩‍🚀 flies🌍.", "🏳️‍🌈!?", "👍🏽👍", "a😀b", "😀.😀,", "1😀2", "𝟘.𝟙", "𝒳-1", "①②⑨.",
    "\ud83d", "a\udc00b", "\ud83d.", "x\x00y\x07z", "\x7f\x80\x9f", "a\u00adb", "ﬁﬂ", "№5 ™ © ®", "http://a.b/c?d=e&f=g", "a" * 50 + "." * 50,
]

ALPHABET = (
    [" "] * 12 + list("abcXYZ019...,,--'\"&<>%$()") + ["\t", "\n", "\u00a0", "\u0085", "\x1c", "\ufeff", "\u3000", "\u2003", "\u2028"]
    + list("«»“”—…·¡§€£±×÷¬¼²Ⅷ①→∑─■☆♥★✓①㈱㍿") + list("我你他们是中国龥鿕㐂") + ["𠀋", "𪚥", "\uf967", "\ufa0e", "\u2f00", "\u2e80", "\u3105", "\u31c0"]
    + list("はのカナー、。「」・") + list("가나다ᄀㄱ") + list("กขา์่๕ក្ខ។မြ།") + list("שםלءى؟،٫٣۴") + list("éÉñßİıΣςσΟ") + ["\u0301", "\u0307", "\u200d", "\u200b", "\ufe0f"]
    + ["😀", "👩", "🚀", "🏽", "𝟗", "𝒜", "🈚"]
)


def drawn(rng):
    if rng.random() < 0.25:  # any character at all
        found = []
        while len(found) < rng.randrange(1, 20):
            c = chr(rng.randrange(0x20000) if rng.random() < 0.3 else rng.randrange(0x3000))
            if unicodedata.category(c) not in ("Cn", "Cs", "Co"):
                found.append(c)
        return "".join(found)
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randrange(1, 30)))


def changed(text, rng):
    out = [c for c in text if rng.random() > 0.15]
    for _ in range(rng.randrange(3)):
        if out:
            out.insert(rng.randrange(len(out)), rng.choice(ALPHABET))
    return "".join(out)


def numbers(score):
    return [score.score, score.precisions, score.bp, score.sys_len, score.ref_len]


def signature(metric):
    return metric.get_signature().format().rsplit("|version:", 1)[0]


rng = random.Random(11)
texts = BY_HAND + [drawn(rng) for _ in range(400)]
metrics = {name: BLEU(tokenize=name, effective_order=True) for name in TOKENIZERS}
tokens = [[metrics[name]._preprocess_segment(text).split() for name in TOKENIZERS] for text in texts]
lowered = BLEU(tokenize="13a", lowercase=True)
lower = [lowered._preprocess_segment(text).split() for text in texts]

sentences = []
for i in range(150):
    hypothesis = changed(rng.choice(texts), rng) if i else ""
    references = [changed(hypothesis or rng.choice(texts), rng) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    scores = []
    for name in TOKENIZERS:
        metric = BLEU(tokenize=name, effective_order=True)
        scores.append({**{"bleu": numbers(metric.sentence_score(hypothesis, references))}, "signature": signature(metric)})
    sentences.append({"hypothesis": hypothesis, "references": references, "scores": scores})

corpora = []
for _ in range(12):
    references = [[rng.choice(texts) for _ in range(2)] for _ in range(25)]
    hypotheses = [changed(own[0], rng) for own in references]
    corpus = {"hypotheses": hypotheses, "references": references, "scores": []}
    for name in TOKENIZERS:
        for lowercase in (False, True):
            metric = BLEU(tokenize=name, lowercase=lowercase)
            score = metric.corpus_score(hypotheses, list(zip(*references)))
            corpus["scores"].append({"bleu": numbers(score), "lower": lowercase, "signature": signature(metric)})
    corpus["chrf"] = sacrebleu.corpus_chrf(hypotheses, list(zip(*references))).score
    corpora.append(corpus)

path = pathlib.Path(__file__).parent / "tokenizers.json"
golden = {"tokenizers": TOKENIZERS, "texts": texts, "tokens": tokens, "lower": lower, "sentences": sentences, "corpora": corpora}
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(f"{len(texts)} texts, {len(sentences)} sentences: {path.stat().st_size // 1024} KiB")
