"""python lm.py pytorch <threads>: trains a character language model with PyTorch; what our own training is held to.

Speaks what ../lm/protocol.ts says, a JSON object a line on stdin and stdout. Embedding [V, H] → nn.LSTM or nn.GRU, one
layer → linear, PyTorch's own initial weights, f32. Windows of T characters from B contiguous lanes, state carried from one
window to the next and zero at the start of an epoch; AdamW, its rate falling to 0 as half a cosine over all steps;
gradients clipped to a global norm. Validation reads its part as one stream, state carried.
"""

import json
import math
import os
import sys
import time

THREADS = int(sys.argv[2])
# Standard output belongs to the protocol, whatever a library prints.
answers, sys.stdout = sys.stdout, sys.stderr

import torch
from torch import nn
from torch.nn import functional

from safetensors_file import read_safetensors


class CharacterModel(nn.Module):
    def __init__(self, cell, vocabulary, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.cell = {"lstm": nn.LSTM, "gru": nn.GRU}[cell](hidden, hidden)
        self.output = nn.Linear(hidden, vocabulary)

    def loss(self, x, y, state):
        """x, y: [T, B]. The mean loss and the state after the window, cut off from what came before."""
        hs, state = self.cell(self.embedding(x), state)
        loss = functional.cross_entropy(self.output(hs).flatten(0, 1), y.flatten())
        detached = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        return loss, detached


def lanes(tokens, batch, length, keep_last=False):
    """Windows (x, y) of B contiguous lanes, each [T, B]."""
    lane = (len(tokens) - 1) // batch
    x = tokens[: lane * batch].view(batch, lane).t().contiguous()
    y = tokens[1 : lane * batch + 1].view(batch, lane).t().contiguous()
    end = lane if keep_last else lane - lane % length
    return [(x[t : t + length], y[t : t + length]) for t in range(0, end, length)]


class Training:
    def __init__(self, task):
        torch.manual_seed(task["seed"])
        texts = {name: torch.from_numpy(ids).long() for name, ids in read_safetensors(task["tokens"]).items()}
        self.windows = lanes(texts["train"], task["B"], task["T"])
        self.validation = lanes(texts["validation"], 1, 256, keep_last=True)
        self.clip = task["clipNorm"]
        self.file = os.path.join(task["folder"], "training.pt")
        self.epochs = 0
        self.model = CharacterModel(task["cell"], task["V"], task["H"])
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=task["learningRate"], weight_decay=0.01)
        steps = len(self.windows) * task["epochs"]
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2
        )
        self.parts = {"model": self.model, "optimizer": self.optimizer, "schedule": self.schedule}
        if os.path.exists(self.file):
            saved = torch.load(self.file)
            self.epochs = saved.pop("epochs")
            for name, state in saved.items():
                self.parts[name].load_state_dict(state)

    def save(self):
        state = {name: part.state_dict() for name, part in self.parts.items()}
        torch.save({"epochs": self.epochs, **state}, f"{self.file}.new")
        os.replace(f"{self.file}.new", self.file)

    def epoch(self):
        started = told = time.perf_counter()
        state, total = None, 0.0
        for step, (x, y) in enumerate(self.windows, start=1):
            self.optimizer.zero_grad()
            loss, state = self.model.loss(x, y, state)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
            self.optimizer.step()
            self.schedule.step()
            total += loss.item()
            if time.perf_counter() - told > 1:
                told = time.perf_counter()
                say({"step": step, "loss": loss.item()})
        trained = time.perf_counter()
        validation = self.evaluate()
        self.epochs += 1
        self.save()
        return {
            "epoch": self.epochs,
            "trainLoss": total / len(self.windows),
            "validation": validation,
            "seconds": trained - started,
            "validationSeconds": time.perf_counter() - trained,
        }

    def evaluate(self):
        state, total, count = None, 0.0, 0
        with torch.no_grad():
            for x, y in self.validation:
                loss, state = self.model.loss(x, y, state)
                total += loss.item() * x.numel()
                count += x.numel()
        return total / count


def say(answer):
    print(json.dumps(answer), file=answers, flush=True)


def serve():
    training = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "open":
            training = Training(request["task"])
            say({"epochs": training.epochs, "stepsPerEpoch": len(training.windows)})
        elif request["do"] == "epoch":
            say(training.epoch())
        else:
            return


try:
    torch.set_num_threads(THREADS)
    version = ".".join(torch.__version__.split("+")[0].split(".")[:2])
    say({"ready": True, "device": f"PyTorch {version} · eager · CPU · {THREADS} thread{'s' if THREADS > 1 else ''}"})
    serve()
except Exception as error:
    say({"error": f"{type(error).__name__}: {error}"})
    sys.exit(1)
