"""BLEU, chrF and tokens by sacreBLEU, for goldens.test.ts.

    python make_goldens.py          (needs sacrebleu; made with 2.6.0)

Hypotheses are references with words dropped, doubled, swapped and changed by rule, so that scores of every size come out,
and what translators said (translators.json: `throughtime train translate --task emoji-names --to de --epochs 8 --hidden 128
--embedding 64`, the first 200 of `throughtime eval --json --examples 1000`; and the same to ko).
"""

import json
import pathlib
import random

import sacrebleu
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

REFERENCES = [
    "A young man in a red shirt is riding a bicycle down the street.",
    "Two dogs are playing with a ball in the snow, and a third one watches.",
    "The price rose by 3.5%, to $1,250.75 (a record), on 2024-05-17.",
    'She said: "I don\'t know what you\'re talking about!"',
    "Ein kleiner Junge springt von einer Mauer in den See.",
    "Drei Frauen in gestreiften T-Shirts stehen vor einem Café und lachen.",
    "Über den Wolken muß die Freiheit wohl grenzenlos sein.",
    "나는 어제 친구와 함께 영화를 보았습니다.",
    "그는 학교에 가지 않았다, 왜냐하면 아팠기 때문이다.",
    "Le garçon qui court après le chien n'a pas vu l'arbre.",
    "AT&amp;T &lt;b&gt; said &quot;no&quot; - twice; e-mail me at x.y@example.org/page?q=1",
    "Emoji stay whole: 👩‍🚀 flies to 🌍, 1.000,5 times...",
    "Tabs\tand\u00a0odd\u2003spaces stay apart.",
    "ok",
    "Several people are standing outside of a large building with many windows.",
    "A crowd of people in brightly colored clothes is gathered around a stage at night.",
]


def perturbed(text, rng, rate):
    words = text.split(" ")
    out = []
    for word in words:
        draw = rng.random()
        if draw < rate / 4:
            continue
        out.append(word[::-1] if draw < rate / 2 else word)
        if rate / 2 <= draw < 0.75 * rate:
            out.append(word)
    if len(out) > 2 and rng.random() < rate:
        i = rng.randrange(len(out) - 1)
        out[i], out[i + 1] = out[i + 1], out[i]
    return " ".join(out)


def case(name, hypotheses, references):
    by_reference = list(zip(*[r if isinstance(r, list) else [r] for r in references]))
    both = {}
    for key, kwargs in {"mixed": {}, "lower": {"lowercase": True}, "none": {"tokenize": "none", "force": True}}.items():
        score = sacrebleu.corpus_bleu(hypotheses, by_reference, **kwargs)
        both[key] = {
            "score": score.score,
            "precisions": score.precisions,
            "brevityPenalty": score.bp,
            "hypothesisLength": score.sys_len,
            "referenceLength": score.ref_len,
        }
    return {
        "name": name,
        "hypotheses": hypotheses,
        "references": references,
        "bleu": both,
        "chrf": sacrebleu.corpus_chrf(hypotheses, by_reference).score,
    }


folder = pathlib.Path(__file__).parent
rng = random.Random(5)
cases = [
    case("perfect", REFERENCES, REFERENCES),
    case("good", [perturbed(r, rng, 0.2) for r in REFERENCES], REFERENCES),
    case("middling", [perturbed(r, rng, 0.6) for r in REFERENCES], REFERENCES),
    case("bad", [perturbed(r, rng, 1.5) for r in REFERENCES], REFERENCES),
    case("short", [" ".join(r.split(" ")[: max(1, len(r.split(" ")) // 2)]) for r in REFERENCES], REFERENCES),
    case("shouting", [r.upper() for r in REFERENCES], REFERENCES),
    case("no 4-gram matches", ["the cat sat on the mat"], ["a cat sat on some mat"]),
    case("nothing matches", ["x y z"], ["a b c d"]),
    case("empty hypotheses", ["", ""], ["a b c d", "e"]),
    case("one word", ["ok"], ["ok"]),
    case(
        "two references",
        [perturbed(r, rng, 0.5) for r in REFERENCES],
        [[r, perturbed(r, rng, 0.4)] for r in REFERENCES],
    ),
]
for name, said in json.loads((folder / "translators.json").read_text()).items():
    cases.append(case(name, said["hypotheses"], said["references"]))
tokenizer = Tokenizer13a()
golden = {"cases": cases, "tokens": {r: tokenizer(r) for r in REFERENCES}}
path = folder / "goldens.json"
path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")
for c in cases:
    print(f"{c['name']}: BLEU {c['bleu']['mixed']['score']:.2f}, chrF {c['chrf']:.2f}")
print(f"{path.name}: {path.stat().st_size // 1024} KiB")
