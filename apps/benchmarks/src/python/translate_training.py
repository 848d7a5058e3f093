"""python translate_training.py pytorch <threads>: trains a translator with PyTorch; what our own training is held to.

Speaks what ../translate/training-protocol.ts says, a JSON object a line on stdin and stdout. The network of
translate_model.py; batches of pairs of like length, cut by the places that they take, in random order; Adam, gradients clipped
to a global norm; validation by loss, and the search by the parameters that validated best.
"""

import json
import math
import os
import random
import sys
import time

import torch
from safetensors_file import read_safetensors
from torch import nn
from torch.nn import functional
from translate_beam import search
from translate_model import Translator, sizes_of

THREADS = int(sys.argv[2])
# Standard output belongs to the protocol, whatever a library prints.
answers, sys.stdout = sys.stdout, sys.stderr

PAD, BEGIN, END = 0, 2, 3
TOGETHER = 64


def sentences(arrays, part, side):
    ids = torch.from_numpy(arrays[f"{part}.{side}"]).long()
    ends = arrays[f"{part}.{side}Ends"].tolist()
    return [ids[start:end] for start, end in zip([0, *ends], ends)]


def cut(pairs, places):
    """Batches of neighbours by length, of at most `places` places."""
    batches, most_source, most_target = [], 0, 0
    for pair in sorted(pairs, key=lambda pair: (len(pair[1]), len(pair[0]))):
        most_source, most_target = max(most_source, len(pair[0])), max(most_target, len(pair[1]) + 1)
        if batches and (len(batches[-1]) + 1) * (most_source + most_target) <= places:
            batches[-1].append(pair)
        else:
            batches.append([pair])
            most_source, most_target = len(pair[0]), len(pair[1]) + 1
    return batches


def arrays_of(batch):
    begin, end = torch.tensor([BEGIN]), torch.tensor([END])
    pad = nn.utils.rnn.pad_sequence
    return (
        pad([source for source, _ in batch], padding_value=PAD),
        torch.tensor([len(source) for source, _ in batch]),
        pad([torch.cat([begin, target]) for _, target in batch], padding_value=PAD),
        pad([torch.cat([target, end]) for _, target in batch], padding_value=PAD),
    )


class Training:
    def __init__(self, task):
        self.task = task
        torch.manual_seed(task["seed"])
        arrays = read_safetensors(task["corpus"])
        self.pairs = {
            part: [
                pair
                for pair in zip(sentences(arrays, part, "source"), sentences(arrays, part, "target"))
                if part == "test" or (len(pair[0]) > 0 and len(pair[1]) > 0)
            ]
            for part in ("train", "val", "test")
        }
        parameters = {
            name[len("params.") :]: torch.from_numpy(array)
            for name, array in arrays.items()
            if name.startswith("params.")
        }
        self.model = Translator(sizes_of(parameters), task["dropout"], "after").load(parameters)
        self.model.output = nn.Sequential(nn.Dropout(task["outputDropout"]), self.model.output)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=task["learningRate"])
        self.steps = len(cut(self.pairs["train"], task["tokens"]))
        total = self.steps * task["epochs"]
        cosine = task["schedule"] == "cosine"
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: (1 + math.cos(math.pi * step / total)) / 2 if cosine else 1.0
        )
        self.epochs, self.best = 0, math.inf
        self.file = os.path.join(task["folder"], "training.pt")
        self.best_file = os.path.join(task["folder"], "best.pt")
        self.parts = {"model": self.model, "optimizer": self.optimizer, "schedule": self.schedule}
        if os.path.exists(self.file):
            saved = torch.load(self.file)
            self.epochs, self.best = saved.pop("epochs"), saved.pop("best")
            for name, state in saved.items():
                self.parts[name].load_state_dict(state)

    def save(self):
        state = {name: part.state_dict() for name, part in self.parts.items()}
        torch.save({"epochs": self.epochs, "best": self.best, **state}, f"{self.file}.new")
        os.replace(f"{self.file}.new", self.file)

    def loss(self, batch, smoothing):
        source, lengths, words, output = arrays_of(batch)
        logits = self.model(source, lengths, words)
        return functional.cross_entropy(
            logits.flatten(0, 1), output.flatten(), ignore_index=PAD, label_smoothing=smoothing
        )

    def epoch(self):
        started = told = time.perf_counter()
        draw = random.Random(self.task["seed"] * 1000 + self.epochs)
        pairs = list(self.pairs["train"])
        draw.shuffle(pairs)
        batches = cut(pairs, self.task["tokens"])
        draw.shuffle(batches)
        self.model.train()
        total = 0.0
        for step, batch in enumerate(batches, start=1):
            self.optimizer.zero_grad()
            loss = self.loss(batch, self.task["labelSmoothing"])
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), self.task["clipNorm"])
            self.optimizer.step()
            self.schedule.step()
            total += loss.item()
            if time.perf_counter() - told > 1:
                told = time.perf_counter()
                say({"step": step, "loss": loss.item()})
        trained = time.perf_counter()
        validation = self.evaluate()
        self.epochs += 1
        if validation < self.best:
            self.best = validation
            torch.save(self.model.state_dict(), self.best_file)
        self.save()
        return {
            "epoch": self.epochs,
            "trainLoss": total / len(batches),
            "validation": validation,
            "seconds": trained - started,
            "validationSeconds": time.perf_counter() - trained,
        }

    @torch.no_grad()
    def evaluate(self):
        self.model.eval()
        total = count = 0
        for batch in cut(self.pairs["val"], 3500):
            words = sum(len(target) + 1 for _, target in batch)
            total += self.loss(batch, 0.0).item() * words
            count += words
        return total / count

    @torch.no_grad()
    def translate(self, beam, most):
        started = time.perf_counter()
        self.model.load_state_dict(torch.load(self.best_file))
        self.model.eval()
        sources = [source for source, _ in self.pairs["test"]]
        order = sorted(range(len(sources)), key=lambda i: len(sources[i]))
        found = [[] for _ in sources]
        for at in range(0, len(order), TOGETHER):
            own = order[at : at + TOGETHER]
            source = nn.utils.rnn.pad_sequence([sources[i] for i in own], padding_value=PAD)
            lengths = torch.tensor([len(sources[i]) for i in own])
            for i, (_, words) in zip(own, search(self.model, source, lengths, beam, [most] * len(own))):
                found[i] = words
        return {"hypotheses": found, "seconds": time.perf_counter() - started}


def say(answer):
    print(json.dumps(answer), file=answers, flush=True)


def serve():
    training = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "open":
            training = Training(request["task"])
            say({"epochs": training.epochs, "stepsPerEpoch": training.steps})
        elif request["do"] == "epoch":
            say(training.epoch())
        elif request["do"] == "translate":
            say(training.translate(request["beam"], request["maxLength"]))
        else:
            return


try:
    torch.set_num_threads(THREADS)
    version = ".".join(torch.__version__.split("+")[0].split(".")[:2])
    plural = "s" if THREADS > 1 else ""
    say({"ready": True, "device": f"PyTorch {version} · eager · CPU · {THREADS} thread{plural}"})
    serve()
except Exception as error:
    say({"error": f"{type(error).__name__}: {error}"})
    sys.exit(1)
