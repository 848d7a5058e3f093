"""Writes pytorch.json: modules of PyTorch with random weights, an input, and what they compute.

    pip install torch safetensors && python write_pytorch.py

Every module's state_dict is a safetensors file in base64; `merged` is the same module with its two biases merged as
they are when our parameters are written back, checked here to compute the same.
"""

import base64
import json
import pathlib

import torch
from safetensors.torch import save
from torch import nn

torch.manual_seed(5)
T, B, D, H, E = 4, 2, 3, 5, 2
x = torch.randn(T, B, D)


def encoded(state):
    return base64.b64encode(save({name: tensor.contiguous() for name, tensor in state.items()})).decode()


def merged(module, layers):
    """The state_dict with bias_ih taking all that it can of bias_hh."""
    state = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    for layer in range(layers):
        b, r = state[f"bias_ih_l{layer}"], state[f"bias_hh_l{layer}"]
        # A GRU's gates are r, z, n; the recurrent bias of n stays.
        end = 2 * H if isinstance(module, nn.GRU) else len(b)
        b[:end] += r[:end]
        r[:end] = 0
    return state


golden = {"torch": torch.__version__, "x": {"shape": [T, B, D], "data": x.flatten().tolist()}, "cases": []}
for kind in (nn.RNN, nn.LSTM, nn.GRU):
    for layers in (1, 2):
        module = kind(D, H, num_layers=layers)
        y, last = module(x)
        again = kind(D, H, num_layers=layers)
        again.load_state_dict(merged(module, layers))
        assert torch.allclose(again(x)[0], y, atol=1e-6)
        states = last if isinstance(last, tuple) else (last,)
        golden["cases"].append(
            {
                "module": kind.__name__,
                "layers": layers,
                "state_dict": encoded(module.state_dict()),
                "merged": encoded(merged(module, layers)),
                "y": y.flatten().tolist(),
                "last": [s.flatten().tolist() for s in states],
            }
        )
linear = nn.Linear(D, E)
golden["linear"] = {"state_dict": encoded(linear.state_dict()), "y": linear(x).flatten().tolist()}
(pathlib.Path(__file__).parent / "pytorch.json").write_text(json.dumps(golden, indent=1) + "\n")
