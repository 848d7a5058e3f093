"""Values and gradients of recurrent cells, as PyTorch computes them, for goldens.test.ts.

    python make_goldens.py          (needs torch; made with 2.13)

Every input is a wave, 0.5·sin(1.7·k + 0.9·salt) over its elements k, so that the test makes the same ones. PyTorch runs in
f64. Parameters are named and laid out as in this package: W [D, k·H], U [H, k·H], with the gates in the order given here.
"""

import json
import pathlib

import torch
from torch import nn

T, B, D, H = 5, 3, 4, 6
R = 2  # what a projection goes to
GATES = {"rnn": [""], "lstm": ["i", "f", "o", "g"], "gru": ["z", "r", "n"]}
TORCH_GATES = {"rnn": [""], "lstm": ["i", "f", "g", "o"], "gru": ["r", "z", "n"]}


def wave(shape, salt):
    count = 1
    for size in shape:
        count *= size
    k = torch.arange(count, dtype=torch.float64)
    values = 0.5 * torch.sin(1.7 * k + 0.9 * salt)
    return values.float().double().reshape(shape).clone().requires_grad_()


def parameters(kind, layer, extra):
    """One layer's parameters in this package's layout and order."""
    output = R if "Wr" in extra else H
    inputs = D if layer == 0 else output
    width = len(GATES[kind]) * H
    shapes = {"W": [inputs, width], "U": [output, width], "b": [width], **extra}
    return {name: wave(shape, 10 * layer + i) for i, (name, shape) in enumerate(shapes.items())}


def gate(kind, tensor, name):
    """The block of one gate along the last axis."""
    at = GATES[kind].index(name)
    return tensor[..., at * H : (at + 1) * H]


def torch_order(kind, tensor):
    return torch.cat([gate(kind, tensor, name) for name in TORCH_GATES[kind]], dim=-1)


def with_modules(kind, module, layers, xs, state):
    """PyTorch's own nn.RNN, nn.LSTM or nn.GRU over our parameters, so that autograd reaches them."""
    weights = {}
    for layer, p in enumerate(layers):
        second = torch.zeros_like(p["b"])
        if "bn" in p:
            second = torch.cat([torch.zeros(2 * H, dtype=torch.float64), p["bn"]])
        weights[f"weight_ih_l{layer}"] = torch_order(kind, p["W"]).T
        weights[f"weight_hh_l{layer}"] = torch_order(kind, p["U"]).T
        if "bh" in p:
            second = torch_order(kind, p["bh"])
        if "Wr" in p:
            weights[f"weight_hr_l{layer}"] = p["Wr"].T
        weights[f"bias_ih_l{layer}"] = torch_order(kind, p["b"])
        weights[f"bias_hh_l{layer}"] = second
    initial = [torch.stack([s[i] for s in state]) for i in range(len(state[0]))]
    outputs, last = torch.func.functional_call(module, weights, (xs, tuple(initial) if len(initial) > 1 else initial[0]))
    parts = last if isinstance(last, tuple) else (last,)
    return outputs, [[part[layer] for part in parts] for layer in range(len(layers))]


def by_steps(step):
    """A cell written step by step, one gate at a time."""

    def run(layers, xs, state):
        last = []
        for p, s in zip(layers, state):
            outputs = []
            for x in xs:
                s = step(p, s, x)
                outputs.append(s[0])
            xs = torch.stack(outputs)
            last.append(s)
        return xs, last

    return run


def sigmoid_rnn_step(p, s, x):
    return [torch.sigmoid(x @ p["W"] + s[0] @ p["U"] + p["b"])]


def peephole_lstm_step(p, s, x):
    h, c = s
    pre = lambda name: x @ gate("lstm", p["W"], name) + h @ gate("lstm", p["U"], name) + gate("lstm", p["b"], name)
    pi, pf, po = p["p"][:H], p["p"][H : 2 * H], p["p"][2 * H :]
    i = torch.sigmoid(pre("i") + pi * c)
    f = torch.sigmoid(pre("f") + pf * c)
    g = torch.tanh(pre("g"))
    c = f * c + i * g
    o = torch.sigmoid(pre("o") + po * c)
    return [o * torch.tanh(c), c]


def gru_before_step(p, s, x):
    (h,) = s
    pre = lambda name, v: x @ gate("gru", p["W"], name) + v @ gate("gru", p["U"], name) + gate("gru", p["b"], name)
    z = torch.sigmoid(pre("z", h))
    r = torch.sigmoid(pre("r", h))
    n = torch.tanh(pre("n", r * h))
    return [(1 - z) * n + z * h]


def module(make):
    return lambda kind: lambda layers, xs, state: with_modules(kind, make(len(layers)).double(), layers, xs, state)


CELLS = {
    "nn.RNN, tanh": ("rnn", 1, {}, module(lambda n: nn.RNN(D, H, n))),
    "nn.RNN, relu": ("rnn", 1, {}, module(lambda n: nn.RNN(D, H, n, nonlinearity="relu"))),
    "nn.LSTM": ("lstm", 2, {}, module(lambda n: nn.LSTM(D, H, n))),
    "nn.LSTM, two biases": ("lstm", 2, {"bh": [4 * H]}, module(lambda n: nn.LSTM(D, H, n))),
    "nn.LSTM, proj_size": ("lstm", 2, {"Wr": [H, R]}, module(lambda n: nn.LSTM(D, H, n, proj_size=R))),
    "nn.GRU, two biases": ("gru", 1, {"bh": [3 * H]}, module(lambda n: nn.GRU(D, H, n))),
    "nn.RNN, two biases": ("rnn", 1, {"bh": [H]}, module(lambda n: nn.RNN(D, H, n))),
    "nn.GRU": ("gru", 1, {"bn": [H]}, module(lambda n: nn.GRU(D, H, n))),
    "sigmoid rnn, step by step": ("rnn", 1, {}, lambda _: by_steps(sigmoid_rnn_step)),
    "peephole lstm, step by step": ("lstm", 2, {"p": [3 * H]}, lambda _: by_steps(peephole_lstm_step)),
    "gru with reset before, step by step": ("gru", 1, {}, lambda _: by_steps(gru_before_step)),
}


def golden(name, layer_count):
    kind, states, extra, runner = CELLS[name]
    layers = [parameters(kind, layer, extra) for layer in range(layer_count)]
    # The h of a projected cell is as small as its output.
    width = lambda i: R if "Wr" in extra and i == 0 else H
    state = [[wave([B, width(i)], 60 + 2 * layer + i) for i in range(states)] for layer in range(layer_count)]
    xs = wave([T, B, D], 50)
    outputs, last = runner(kind)(layers, xs, state)
    results = [outputs, *[leaf for s in last for leaf in s]]
    # Another weight for every number, so that no error hides behind another.
    loss = sum((leaf * wave(leaf.shape, 70 + i).detach()).sum() for i, leaf in enumerate(results))
    inputs = [*[leaf for p in layers for leaf in p.values()], xs, *[leaf for s in state for leaf in s]]
    loss.backward()
    flat = lambda tensor: [round(value, 6) for value in tensor.detach().flatten().tolist()]
    return {
        "name": name,
        "layers": layer_count,
        "loss": round(loss.item(), 6),
        "outputs": flat(results[0]),
        "state": [flat(leaf) for leaf in results[1:]],
        "gradients": [flat(leaf.grad) for leaf in inputs],
    }


goldens = [golden(name, count) for name in CELLS for count in (1, 2)]
path = pathlib.Path(__file__).with_suffix("").parent / "goldens.json"
lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in goldens)
path.write_text(f"[\n{lines}\n]\n")
print(f"{path.name}: {len(goldens)} goldens, {path.stat().st_size // 1024} KiB")
