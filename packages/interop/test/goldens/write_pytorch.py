"""Writes pytorch.json: modules of PyTorch with random weights, an input, and what they compute.

    pip install torch safetensors && python write_pytorch.py          (made with torch 2.13)

Every module's state_dict is a safetensors file in base64; `merged` is the same module with its two biases merged as
they are when the parameters of a cell with one bias are written back, loaded here and checked to compute the same.
"""

import base64
import json
import pathlib

import torch
from safetensors.torch import save
from torch import nn

torch.manual_seed(5)
T, B, D, H, R, E = 4, 2, 3, 5, 2, 2
x = torch.randn(T, B, D)


def encoded(state):
    return base64.b64encode(save({name: tensor.contiguous() for name, tensor in state.items()})).decode()


def merged(module):
    """The state_dict with each bias_ih taking all that it can of its bias_hh."""
    state = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    for name in [name for name in state if name.startswith("bias_ih")]:
        b, r = state[name], state[name.replace("_ih", "_hh")]
        # A GRU's gates are r, z, n; the recurrent bias of n stays.
        end = 2 * H if isinstance(module, (nn.GRU, nn.GRUCell)) else len(b)
        b[:end] += r[:end]
        r[:end] = 0
    return state


def flat(values):
    return [round(value, 7) for value in values.detach().flatten().tolist()]


golden = {"torch": torch.__version__, "x": {"shape": [T, B, D], "data": x.flatten().tolist()}, "cases": []}


def case(trained, make, run, **facts):
    y, last = run(trained)
    again = make()
    again.load_state_dict(merged(trained))
    assert torch.allclose(run(again)[0], y, atol=1e-6)
    states = last if isinstance(last, tuple) else (last,)
    golden["cases"].append(
        {
            **facts,
            "state_dict": encoded(trained.state_dict()),
            "merged": encoded(merged(trained)),
            "y": flat(y),
            # By layer and direction, as PyTorch has them.
            "last": [flat(s) for s in states],
        }
    )


for kind in (nn.RNN, nn.LSTM, nn.GRU):
    for layers, options in [
        (1, {}),
        (2, {}),
        (1, {"bidirectional": True}),
        (2, {"bidirectional": True}),
        (2, {"bias": False}),
        *([(2, {"proj_size": R}), (2, {"proj_size": R, "bidirectional": True})] if kind is nn.LSTM else []),
        *([(1, {"nonlinearity": "relu"})] if kind is nn.RNN else []),
    ]:
        make = lambda: kind(D, H, num_layers=layers, **options)
        case(make(), make, lambda module: module(x), module=kind.__name__, layers=layers, **options)


def stepped(cell):
    state, ys = None, []
    for step in x:
        state = cell(step, state)
        ys.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(ys), state


for kind in (nn.RNNCell, nn.LSTMCell, nn.GRUCell):
    for options in ({}, {"bias": False}):
        make = lambda: kind(D, H, **options)
        case(make(), make, stepped, module=kind.__name__, layers=1, **options)

linear = nn.Linear(D, E)
golden["linear"] = {"state_dict": encoded(linear.state_dict()), "y": linear(x).flatten().tolist()}
(pathlib.Path(__file__).parent / "pytorch.json").write_text(json.dumps(golden, indent=1) + "\n")
