"""python lm.py <text file> [options]: trains a character language model with PyTorch; what our own training is held to.

Embedding [V, H] → nn.LSTM or nn.GRU, one layer → linear, PyTorch's own initial weights, f32. The text's code points are
the vocabulary; 90 % of it trains, 5 % validates, 5 % is left for a test. Windows of T characters from B contiguous lanes,
state carried from one window to the next and zero at the start of an epoch; AdamW, its rate falling to 0 as half a cosine
over all steps; gradients clipped to a global norm. Validation reads its part as one stream, state carried.

Prints {"ready": …} and then for each epoch {"epoch", "trainLoss", "valLoss", "seconds"}: mean nats per character, and the
seconds of training alone since the start.
"""

import argparse
import json
import math
import time

import torch
from torch import nn
from torch.nn import functional


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


def evaluate(model, tokens):
    windows = lanes(tokens, 1, 256, keep_last=True)
    state, total, count = None, 0.0, 0
    with torch.no_grad():
        for x, y in windows:
            loss, state = model.loss(x, y, state)
            total += loss.item() * x.numel()
            count += x.numel()
    return total / count


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("text")
    parser.add_argument("--cell", choices=["lstm", "gru"], default="gru")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--time", type=int, default=64)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--clip", type=float, default=1.0)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def say(answer):
    print(json.dumps(answer), flush=True)


def main():
    args = options()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    with open(args.text, encoding="utf-8", newline="") as file:
        text = file.read()
    symbols = sorted(set(text))
    ids = {symbol: k for k, symbol in enumerate(symbols)}
    tokens = torch.tensor([ids[symbol] for symbol in text])
    # Shares are decimal fractions: they must not end a character early for want of one unit in the last place.
    ends = [math.floor(len(tokens) * share + 1e-6) for share in (0.9, 0.95)]
    train, validation = tokens[: ends[0]], tokens[ends[0] : ends[1]]

    model = CharacterModel(args.cell, len(symbols), args.hidden)
    windows = lanes(train, args.batch, args.time)
    steps = len(windows) * args.epochs
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=args.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2)
    parameters = sum(p.numel() for p in model.parameters())
    say({"ready": True, "version": torch.__version__, "vocabulary": len(symbols), "parameters": parameters, "steps": steps})

    seconds = 0.0
    for epoch in range(1, args.epochs + 1):
        started = time.perf_counter()
        state, total = None, 0.0
        for x, y in windows:
            optimizer.zero_grad()
            loss, state = model.loss(x, y, state)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), args.clip)
            optimizer.step()
            schedule.step()
            total += loss.item()
        seconds += time.perf_counter() - started
        say({
            "epoch": epoch,
            "trainLoss": total / len(windows),
            "valLoss": evaluate(model, validation),
            "seconds": round(seconds, 3),
        })


if __name__ == "__main__":
    main()
