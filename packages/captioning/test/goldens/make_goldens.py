"""Losses and gradients of captioning decoders, written anew in PyTorch, for goldens.test.ts.

    python make_goldens.py          (needs torch; made with 2.13)

Every input is a wave, 0.5·sin(1.7·k + 0.9·salt) over its elements k, so that the test makes the same ones: the grid has salt
100, the pooled vectors 101, and the parameters, by name, 0, 1, 2 … PyTorch runs in f64. Parameters are named and laid out
as in this package: a cell's gates are in the order i, f, o, g.
"""

import json
import pathlib

import torch
from torch.nn import functional

B, E, H, L, D, P, A, V = 3, 3, 4, 6, 5, 2, 7, 11
# The begin symbol is 1, the end 2, padding 0.
CAPTIONS = [[4, 9, 2], [5, 7, 2], [2]]
T = 3


def wave(shape, salt):
    k = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return (0.5 * torch.sin(1.7 * k + 0.9 * salt)).reshape(shape).clone().requires_grad_()


def lstm(p, x, h, c):
    """torch's own LSTMCell over our parameters."""
    W, U, b = p["decoder.cell.W"], p["decoder.cell.U"], p["decoder.cell.b"]
    order = lambda w: torch.cat([w[..., :H], w[..., H:2 * H], w[..., 3 * H:], w[..., 2 * H:3 * H]], dim=-1)
    cell = torch.nn.LSTMCell(W.shape[0], H, dtype=torch.float64)
    weights = {"weight_ih": order(W).T, "weight_hh": order(U).T, "bias_ih": order(b), "bias_hh": torch.zeros(4 * H, dtype=torch.float64)}
    return torch.func.functional_call(cell, weights, (x, (h, c)))


def cell_shapes(inputs):
    return {"decoder.cell.W": [inputs, 4 * H], "decoder.cell.U": [H, 4 * H], "decoder.cell.b": [4 * H]}


def linear(p, name, x):
    y = x @ p[f"{name}.W"]
    return y + p[f"{name}.b"] if f"{name}.b" in p else y


def attentive_shapes(gate):
    return {
        **cell_shapes(E + D),
        **{"decoder.attention.W": [H, A], "decoder.attention.U": [D, A], "decoder.attention.b": [A], "decoder.attention.v": [A]},
        **({"decoder.gate.W": [H, 1], "decoder.gate.b": [1]} if gate else {}),
        **{"decoder.initial.h.W": [D, H], "decoder.initial.h.b": [H], "decoder.initial.c.W": [D, H], "decoder.initial.c.b": [H]},
        **{"decoder.hidden.W": [H, E], "decoder.hidden.b": [E], "decoder.context.W": [D, E]},
        **{"words.E": [V, E], "output.W": [E, V], "output.b": [V]},
    }


def first_state(p, grid):
    mean = grid.mean(dim=1)
    return torch.tanh(linear(p, "decoder.initial.h", mean)), torch.tanh(linear(p, "decoder.initial.c", mean))


def attend(p, h, grid):
    a = {name: p[f"decoder.attention.{name}"] for name in "WUbv"}
    scores = torch.tanh((h @ a["W"])[:, None] + grid @ a["U"] + a["b"]) @ a["v"]
    return functional.softmax(scores, dim=1)


def write(p, grid, weights, x, h, c):
    z = torch.einsum("bl,bld->bd", weights, grid)
    if "decoder.gate.W" in p:
        z = z * torch.sigmoid(linear(p, "decoder.gate", h))
    h, c = lstm(p, torch.cat([x, z], dim=1), h, c)
    return x + linear(p, "decoder.hidden", h) + linear(p, "decoder.context", z), h, c


def words():
    read = torch.tensor([[([1] + caption)[t] if t < len(caption) else 0 for caption in CAPTIONS] for t in range(T)])
    said = torch.tensor([[caption[t] if t < len(caption) else 0 for caption in CAPTIONS] for t in range(T)])
    live = torch.tensor([[float(t < len(caption)) for caption in CAPTIONS] for t in range(T)], dtype=torch.float64)
    return read, said, live


def entropy_of(p, outputs, said, smoothing=0.0):
    logits = torch.stack(outputs) @ p["output.W"] + p["output.b"]
    return functional.cross_entropy(logits.reshape(T * B, V), said.reshape(T * B), reduction="none", label_smoothing=smoothing).reshape(T, B)


def top_down(p, grid, pooled, image):
    read, said, live = words()
    if image == "state":
        h, c = (torch.tanh(linear(p, f"decoder.image.{leaf}", pooled)) for leaf in "hc")
    else:
        zero = torch.zeros(B, H, dtype=torch.float64)
        h, c = lstm(p, linear(p, "decoder.image.word", pooled), zero, zero)
    outputs = []
    for t in range(T):
        h, c = lstm(p, p["words.E"][read[t]], h, c)
        outputs.append(h)
    return {"loss": (entropy_of(p, outputs, said) * live).sum() / live.sum()}


def soft(p, grid, pooled, penalty, smoothing=0.0):
    read, said, live = words()
    h, c = first_state(p, grid)
    outputs, alphas = [], []
    for t in range(T):
        alphas.append(attend(p, h, grid))
        output, h, c = write(p, grid, alphas[-1], p["words.E"][read[t]], h, c)
        outputs.append(output)
    seen = (torch.stack(alphas) * live[:, :, None]).sum(dim=0)
    total = (entropy_of(p, outputs, said, smoothing) * live).sum() + penalty * ((1 - seen) ** 2).sum()
    return {"loss": total / live.sum()}


# What hard attention draws: u of each step, and the coin of each caption: the second one is written with the expectation.
LOCATION = [[0.1, 0.2, 0.9], [0.6, 0.3, 0.5], [0.95, 0.7, 0.4]]
COIN = [0.75, 0.25, 0.5]
HARD = {"reinforce": 0.5, "entropy": 0.25, "expectation": 0.5, "decay": 0.75}


def hard(p, grid, pooled, baseline):
    read, said, live = words()
    h, c = first_state(p, grid)
    drawn = torch.tensor([coin >= HARD["expectation"] for coin in COIN])
    outputs, logs, wide = [], [], []
    for t in range(T):
        weights = attend(p, h, grid)
        u = torch.tensor(LOCATION[t], dtype=torch.float64)
        place = torch.searchsorted(weights.detach().cumsum(dim=1), u[:, None], right=True).squeeze(1)
        at = functional.one_hot(place, L).double()
        logs.append(torch.where(drawn, torch.log((at * weights).sum(dim=1)), 0.0))
        wide.append(torch.distributions.Categorical(probs=weights).entropy())
        used = torch.where(drawn[:, None], at, weights)
        output, h, c = write(p, grid, used, p["words.E"][read[t]], h, c)
        outputs.append(output)
    cost = entropy_of(p, outputs, said) * live  # [T, B]
    reward = -cost.detach()
    left = reward.flip(0).cumsum(dim=0).flip(0)  # ln p of the words from each on
    some = live * drawn
    mean = (left * some).sum(dim=1) / some.sum(dim=1).clamp(min=1)  # at each place of words
    b = mean if baseline is None else torch.tensor(baseline, dtype=torch.float64)
    advantage = (left - b[:, None]) * live
    learned = HARD["reinforce"] * advantage * torch.stack(logs) + HARD["entropy"] * torch.stack(wide)
    return {
        "loss": (cost.sum() - (learned * live).sum()) / live.sum(),
        "baseline": (HARD["decay"] * b + (1 - HARD["decay"]) * mean).tolist(),
    }


def case(name, shapes, function, **options):
    p = {key: wave(shape, salt) for salt, (key, shape) in enumerate(sorted(shapes.items()))}
    grid, pooled = wave([B, L, D], 100), wave([B, P], 101)
    result = function(p, grid, pooled, **options)
    loss = result.pop("loss")
    gradients = torch.autograd.grad(loss, [*p.values(), grid, pooled], allow_unused=True)
    named = dict(zip([*p, "images.grid", "images.pooled"], gradients))
    return {"name": name, "loss": loss.item(), **result,
            "gradients": {key: g.flatten().tolist() for key, g in named.items() if g is not None}}


DOWN = {"words.E": [V, E], "output.W": [H, V], "output.b": [V], **cell_shapes(E)}
CASES = [
    case("top-down, the picture as first state",
         {**DOWN, **{f"decoder.image.{leaf}.{w}": s for leaf in "hc" for w, s in (("W", [P, H]), ("b", [H]))}}, top_down, image="state"),
    case("top-down, the picture as first input",
         {**DOWN, "decoder.image.word.W": [P, E], "decoder.image.word.b": [E]}, top_down, image="input"),
    case("soft attention", attentive_shapes(gate=True), soft, penalty=1.0),
    case("soft attention without a gate, smoothed, with half the penalty", attentive_shapes(gate=False), soft, penalty=0.5, smoothing=0.125),
    case("hard attention, first batch", attentive_shapes(gate=True), hard, baseline=None),
    case("hard attention with a baseline", attentive_shapes(gate=True), hard, baseline=[-6.5, -4.5, -2.5]),
]

file = pathlib.Path(__file__).parent / "goldens.json"
file.write_text(json.dumps({"noise": {"location": LOCATION, "coin": COIN}, "hard": HARD, "cases": CASES}) + "\n")
