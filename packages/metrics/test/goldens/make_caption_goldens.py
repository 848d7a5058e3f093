"""Scores of generated captions by an implementation that shares nothing with the package's, for captions.test.ts.

    python make_caption_goldens.py          (needs numpy and sacrebleu; made with 2.6.0)

BLEU is computed in fractions, and compared with sacreBLEU's; the longest common subsequence by recursion; CIDEr with dense
vectors over all n-grams of the corpus.
"""

import functools
import json
import math
import pathlib
import random
from collections import Counter
from fractions import Fraction

import numpy as np
import sacrebleu

ORDERS = range(1, 5)


def ngrams(tokens, n):
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def bleu_parts(hypothesis, references):
    """(matches, n-grams) for each order, the hypothesis's length and that of the closest reference."""
    parts = []
    for n in ORDERS:
        said = Counter(ngrams(hypothesis, n))
        most = functools.reduce(lambda a, b: a | b, (Counter(ngrams(r, n)) for r in references))
        parts.append(((said & most).total(), said.total()))
    closest = sorted((abs(len(r) - len(hypothesis)), len(r)) for r in references)[0][1]
    return np.array([count for pair in parts for count in pair] + [len(hypothesis), closest])


def bleu_of(parts):
    tiny, small = Fraction(1, 10**15), Fraction(1, 10**9)
    precisions = [(int(parts[2 * i]) + tiny) / (int(parts[2 * i + 1]) + small) for i in range(4)]
    ratio = (int(parts[8]) + tiny) / (int(parts[9]) + small)
    penalty = math.exp(min(0.0, float(1 - 1 / ratio)))
    return [penalty * float(math.prod(precisions[:n])) ** (1 / n) for n in ORDERS]


def common(a, b):
    @functools.cache
    def longest(i, j):
        if i == len(a) or j == len(b):
            return 0
        if a[i] == b[j]:
            return 1 + longest(i + 1, j + 1)
        return max(longest(i + 1, j), longest(i, j + 1))

    return longest(0, 0)


def rouge_l(hypothesis, references):
    if not hypothesis:
        return 0.0
    precision = max(common(hypothesis, r) / len(hypothesis) for r in references)
    recall = max(common(hypothesis, r) / len(r) if r else 0 for r in references)
    return 0.0 if precision == 0 else (1 + 1.2**2) * precision * recall / (recall + 1.2**2 * precision)


def ciders(hypotheses, references, documents):
    """CIDEr and CIDEr-D of each hypothesis, with document frequencies of `documents`, lists of references."""
    everything = [*hypotheses, *(r for own in references for r in own), *(r for own in documents for r in own)]
    plain, damped = np.zeros(len(hypotheses)), np.zeros(len(hypotheses))
    for n in ORDERS:
        vocabulary = {g: i for i, g in enumerate(sorted({g for tokens in everything for g in ngrams(tokens, n)}))}

        def vector(tokens):
            v = np.zeros(len(vocabulary))
            for g in ngrams(tokens, n):
                v[vocabulary[g]] += 1
            return v

        present = np.array([np.any([vector(r) > 0 for r in own], axis=0) for own in documents])
        idf = np.log(len(documents)) - np.log(np.maximum(1, present.sum(axis=0)))
        for i, (hypothesis, own) in enumerate(zip(hypotheses, references)):
            said = vector(hypothesis) * idf
            for reference in own:
                expected = vector(reference) * idf
                norms = np.linalg.norm(said) * np.linalg.norm(expected)
                if norms == 0:
                    continue
                distance = len(hypothesis) - len(reference)
                share = 10 / 4 / len(own) / norms
                plain[i] += share * (said @ expected)
                damped[i] += share * (np.minimum(said, expected) @ expected) * math.exp(-(distance**2) / 72)
    return plain.tolist(), damped.tolist()


COLOURS = ["red", "blue", "green", "yellow", "weißer", "파란"]
THINGS = ["dog", "cat", "café", "bus", "train", "👩‍🚀", "강아지", "boat"]
PLACES = ["on the street", "in the snow", "next to a lake", "under a tree", "길 에서", "on a red table in a room"]
VERBS = ["runs", "sits", "is standing", "jumps", "waits and waits"]


def caption(rng, colour, thing, place):
    colour = colour if rng.random() < 0.7 else rng.choice(COLOURS)
    article = rng.choice(["a", "the", "one"])
    end = f" {place}" if rng.random() < 0.8 else ""
    lead = rng.choice(["", "there is ", "a picture of "])
    return f"{lead}{article} {colour} {thing} {rng.choice(VERBS)}{end}".split()


def image(rng):
    truth = (rng.choice(COLOURS), rng.choice(THINGS), rng.choice(PLACES))
    references = [caption(rng, *truth) for _ in range(rng.randint(1, 5))]
    kind = rng.random()
    if kind < 0.1:
        hypothesis = list(rng.choice(references))
    elif kind < 0.2:
        hypothesis = rng.choice(references)[: rng.randint(0, 3)]
    elif kind < 0.3:
        word = rng.choice(references)[-1]
        hypothesis = caption(rng, *truth) + [word] * rng.randint(1, 9)
    elif kind < 0.4:
        hypothesis = caption(rng, rng.choice(COLOURS), rng.choice(THINGS), rng.choice(PLACES))
    else:
        hypothesis = caption(rng, *truth)
    return hypothesis, references


rng = random.Random(17)
images = [image(rng) for _ in range(48)]
images += [([], [["a", "dog"]]), (["a", "dog"], [[]]), (["a", "dog"], [[], ["a", "dog", "runs"]]), (["dog"], [["dog"]])]
hypotheses = [h for h, _ in images]
references = [r for _, r in images]
training = [image(rng)[1] for _ in range(60)]

parts = [bleu_parts(h, r) for h, r in images]
corpus = bleu_of(sum(parts))
# sacreBLEU has no empty references, and None for one that an image lacks. Every order has matches, so it smooths nothing.
judged = [i for i, r in enumerate(references) if all(r)]
width = max(len(r) for r in references)
system = sacrebleu.corpus_bleu(
    [" ".join(hypotheses[i]) for i in judged],
    [[" ".join(references[i][k]) if k < len(references[i]) else None for i in judged] for k in range(width)],
    tokenize="none",
    force=True,
)
assert abs(100 * bleu_of(sum(parts[i] for i in judged))[3] - system.score) < 1e-6, system

plain, damped = ciders(hypotheses, references, references)
_, given = ciders(hypotheses, references, training)
golden = {
    "hypotheses": hypotheses,
    "references": references,
    "training": training,
    "bleu": {"score": corpus, "each": [bleu_of(p) for p in parts]},
    "rougeL": [rouge_l(h, r) for h, r in images],
    "cider": plain,
    "ciderD": damped,
    "ciderDOfTraining": given,
}
path = pathlib.Path(__file__).with_name("captions.json")
path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")
print("BLEU", corpus, "ROUGE-L", np.mean(golden["rougeL"]))
print("CIDEr", np.mean(plain), "CIDEr-D", np.mean(damped), "by the training set's", np.mean(given))
print(f"{path.name}: {path.stat().st_size // 1024} KiB")
