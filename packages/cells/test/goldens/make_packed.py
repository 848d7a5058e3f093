"""Values and gradients of bidirectional and of residual networks on packed sequences, as PyTorch computes them, for packed.test.ts.

    python make_packed.py          (needs torch; made with 2.13)

Every input is a wave, 0.5·sin(1.7·k + 0.9·salt) over its elements k, so that the test makes the same ones. PyTorch runs in
f64. Parameters are named and laid out as in this package: W [D, k·H], U [H, k·H], with the gates in the order given here.
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

T, B, D, H = 5, 4, 3, 4
LENGTHS = [5, 2, 4, 1]
OURS = {"lstm": ["i", "f", "o", "g"], "gru": ["z", "r", "n"]}
TORCH = {"lstm": ["i", "f", "g", "o"], "gru": ["r", "z", "n"]}
MODULES = {"lstm": nn.LSTM, "gru": nn.GRU}
STATES = {"lstm": 2, "gru": 1}


def wave(shape, salt):
    count = 1
    for size in shape:
        count *= size
    k = torch.arange(count, dtype=torch.float64)
    values = 0.5 * torch.sin(1.7 * k + 0.9 * salt)
    return values.float().double().reshape(shape).clone().requires_grad_()


def reordered(kind, tensor):
    blocks = {name: tensor[..., i * H : (i + 1) * H] for i, name in enumerate(OURS[kind])}
    return torch.cat([blocks[name] for name in TORCH[kind]], dim=-1)


def weights_of(kind, p, suffix):
    second = torch.zeros_like(p["b"])
    if kind == "gru":
        second = torch.cat([torch.zeros(2 * H, dtype=torch.float64), p["bn"]])
    return {
        f"weight_ih_{suffix}": reordered(kind, p["W"]).T,
        f"weight_hh_{suffix}": reordered(kind, p["U"]).T,
        f"bias_ih_{suffix}": reordered(kind, p["b"]),
        f"bias_hh_{suffix}": second,
    }


def params_of(kind, inputs, salt):
    width = len(OURS[kind]) * H
    shapes = {"W": [inputs, width], "U": [H, width], "b": [width]}
    if kind == "gru":
        shapes["bn"] = [H]
    return {name: wave(shape, salt + i) for i, (name, shape) in enumerate(shapes.items())}


def run(module, weights, xs, initial):
    packed = pack_padded_sequence(xs, torch.tensor(LENGTHS), enforce_sorted=False)
    hx = tuple(initial) if len(initial) > 1 else initial[0]
    result, last = torch.func.functional_call(module, weights, (packed, hx))
    outputs, _ = pad_packed_sequence(result, total_length=T)
    return outputs, last if isinstance(last, tuple) else (last,)


def bidirectional(kind, layers):
    params, weights = [], {}
    for layer in range(layers):
        for direction, suffix in enumerate(["", "_reverse"]):
            p = params_of(kind, D if layer == 0 else 2 * H, 20 * layer + 10 * direction)
            weights |= weights_of(kind, p, f"l{layer}{suffix}")
            params.append(p)
    xs = wave([T, B, D], 50)
    # One initial state for each layer and direction: h, or h and c.
    state = [[wave([B, H], 60 + 2 * n + i) for i in range(STATES[kind])] for n in range(2 * layers)]
    initial = [torch.stack([s[i] for s in state]) for i in range(STATES[kind])]
    module = MODULES[kind](D, H, layers, bidirectional=True).double()
    outputs, parts = run(module, weights, xs, initial)
    results = [outputs, *[part[n] for n in range(2 * layers) for part in parts]]
    return {"network": "bidirectional", **golden(kind, layers, params, xs, state, results)}


def residual(kind, layers):
    """y = x + rnn(x) in every layer; what PyTorch pads with stays 0."""
    live = (torch.arange(T)[:, None] < torch.tensor(LENGTHS)[None, :]).double()[..., None]
    params, state, last = [], [], []
    xs = wave([T, B, H], 50)
    outputs = xs
    for layer in range(layers):
        params.append(params_of(kind, H, 20 * layer))
        state.append([wave([B, H], 60 + 4 * layer + i) for i in range(STATES[kind])])
        module = MODULES[kind](H, H).double()
        more, parts = run(module, weights_of(kind, params[-1], "l0"), outputs, [s[None] for s in state[-1]])
        outputs = live * (outputs + more)
        last += [part[0] for part in parts]
    return {"network": "residual", **golden(kind, layers, params, xs, state, [outputs, *last])}


def golden(kind, layers, params, xs, state, results):
    # Another weight for every number, so that no error hides behind another.
    loss = sum((leaf * wave(leaf.shape, 70 + i).detach()).sum() for i, leaf in enumerate(results))
    loss.backward()
    inputs = [*[leaf for p in params for leaf in p.values()], xs, *[leaf for s in state for leaf in s]]
    flat = lambda tensor: [round(value, 6) for value in tensor.detach().flatten().tolist()]
    return {
        "kind": kind,
        "layers": layers,
        "results": [*[flat(leaf) for leaf in results], [round(loss.item(), 6)]],
        "gradients": [flat(leaf.grad) for leaf in inputs],
    }


goldens = [make(kind, layers) for make in (bidirectional, residual) for kind in MODULES for layers in (1, 2)]
path = pathlib.Path(__file__).parent / "packed.json"
lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in goldens)
path.write_text(f"[\n{lines}\n]\n")
print(f"{path.name}: {len(goldens)} goldens, {path.stat().st_size // 1024} KiB")
