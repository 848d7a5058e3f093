"""Losses of a small character model over 200 training steps, as PyTorch has them, for training-golden.test.ts.

    python make_goldens.py          (needs torch; made with 2.13)

Text and first weights come from a small generator of pseudo-random integers, so that the test makes the same ones. Then
Adam, clipping by global norm, and truncated backpropagation through time with the state carried from window to window.
Weights are laid out as in this library (W [D, k·H], gates in the order given here); PyTorch's modules get them permuted.
Where a cell here has one bias, PyTorch's second one stays 0 and does not train.
"""

import json
import math
import pathlib

import torch
from torch import nn

STEPS, T, B, E, H = 200, 16, 4, 8, 16
LEARNING_RATE, CLIP = 0.01, 0.25
WORDS = ["the", "sea", "whale", "ship", "and", "of", "a", "captain", "white", "harpoon"]
CELLS = {
    "lstm": {"ours": "ifog", "theirs": "ifgo", "layers": 2, "module": nn.LSTM},
    "gru": {"ours": "zrn", "theirs": "rzn", "layers": 1, "module": nn.GRU},
}


def numbers(seed):
    """Integers in [0, 65537): Lehmer's generator with multiplier 75."""
    x = seed + 1
    while True:
        x = (x * 75 + 74) % 65537
        yield x


def make_text(words):
    source = numbers(1)
    return " ".join(WORDS[next(source) % len(WORDS)] for _ in range(words)) + "."


def weight(shape, seed, scale):
    source = numbers(seed)
    values = [scale * (2 * next(source) / 65537 - 1) for _ in range(math.prod(shape))]
    return torch.tensor(values, dtype=torch.float64).float().reshape(shape)


def permuted(tensor, ours, theirs):
    return torch.cat([tensor[..., ours.index(gate) * H : (ours.index(gate) + 1) * H] for gate in theirs], dim=-1)


def build(cell, vocabulary):
    ours, theirs, layers = cell["ours"], cell["theirs"], cell["layers"]
    embedding, recurrent, output = nn.Embedding(vocabulary, E), cell["module"](E, H, layers), nn.Linear(H, vocabulary)
    with torch.no_grad():
        embedding.weight.copy_(weight([vocabulary, E], 100, 1.0))
        for layer in range(layers):
            inputs, width = (E if layer == 0 else H), len(ours) * H
            parameter = lambda name: getattr(recurrent, f"{name}_l{layer}")
            parameter("weight_ih").copy_(permuted(weight([inputs, width], 200 + 10 * layer, 0.25), ours, theirs).T)
            parameter("weight_hh").copy_(permuted(weight([H, width], 201 + 10 * layer, 0.25), ours, theirs).T)
            parameter("bias_ih").copy_(permuted(weight([width], 202 + 10 * layer, 0.25), ours, theirs))
            second = parameter("bias_hh")
            second.zero_()
            if "n" in ours:
                at = theirs.index("n") * H
                second[at : at + H] = weight([H], 203 + 10 * layer, 0.25)
                mask = torch.zeros_like(second)
                mask[at : at + H] = 1
                second.register_hook(lambda g, mask=mask: g * mask)
            else:
                second.requires_grad_(False)
        output.weight.copy_(weight([H, vocabulary], 300, 0.25).T)
        output.bias.copy_(weight([vocabulary], 301, 0.25))
    return nn.ModuleDict({"embedding": embedding, "recurrent": recurrent, "output": output})


def train(cell, tokens, vocabulary, dtype):
    model = build(cell, vocabulary).to(dtype)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=LEARNING_RATE)
    lane = (len(tokens) - 1) // B
    x = torch.stack([tokens[b * lane : (b + 1) * lane] for b in range(B)], dim=1)  # [lane, B]
    y = torch.stack([tokens[b * lane + 1 : (b + 1) * lane + 1] for b in range(B)], dim=1)
    windows = lane // T
    losses, clipped, state = [], 0, None
    for step in range(STEPS):
        window = step % windows
        if window == 0:
            state = None
        at = slice(window * T, (window + 1) * T)
        outputs, state = model["recurrent"](model["embedding"](x[at]), state)
        state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
        logits = model["output"](outputs)
        loss = nn.functional.cross_entropy(logits.reshape(T * B, vocabulary), y[at].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        clipped += nn.utils.clip_grad_norm_(trained, CLIP).item() > CLIP
        optimizer.step()
        losses.append(loss.item())
    return losses, clipped, windows


text = make_text(700)
symbols = sorted(set(text))
tokens = torch.tensor([symbols.index(character) for character in text])
goldens = {}
for name, cell in CELLS.items():
    losses, clipped, windows = train(cell, tokens, len(symbols), torch.float32)
    exact, _, _ = train(cell, tokens, len(symbols), torch.float64)
    drift = max(abs(a - b) for a, b in zip(losses, exact))
    print(f"{name}: V {len(symbols)}, {windows} windows, loss {losses[0]:.4f} → {losses[-1]:.4f}, {clipped} clipped, f32 differs from f64 by {drift:.1e}")
    goldens[name] = [round(loss, 6) for loss in losses]

path = pathlib.Path(__file__).with_name("training.json")
path.write_text("{\n" + ",\n".join(f'"{name}":{json.dumps(losses, separators=(",", ":"))}' for name, losses in goldens.items()) + "\n}\n")
