"""Values and gradients of layers over pictures, as PyTorch computes them, for goldens.test.ts.

    python make_goldens.py          (needs torch; made with 2.13)

Every input is a wave, 0.5·sin(1.7·k + 0.9·salt) over its elements k, so that the test makes the same ones: x has salt 0, the
parameters 1 and 2, in their order. PyTorch runs in f64. Gradients are those of the sum of y · wave(y's shape, 3).
"""

import json
import pathlib

import torch
from torch.nn import functional


def wave(shape, salt):
    k = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return (0.5 * torch.sin(1.7 * k + 0.9 * salt)).reshape(shape).clone().requires_grad_()


def case(what, layer, options, x, parameters, function):
    tensors = [wave(x, 0), *(wave(shape, i + 1) for i, shape in enumerate(parameters.values()))]
    y = function(*tensors)
    gradients = torch.autograd.grad((y * wave(list(y.shape), 3)).sum(), tensors)
    return {
        "what": what,
        "layer": layer,
        "options": options,
        "x": x,
        "parameters": parameters,
        "shape": list(y.shape),
        "y": y.flatten().tolist(),
        "gradients": [g.flatten().tolist() for g in gradients],
    }


def conv(what, x, O, kernel, bias=True, **options):
    C = x[1]
    stride, padding = options.get("stride", 1), options.get("padding", kernel // 2)
    parameters = {"W": [O, C, kernel, kernel], **({"b": [O]} if bias else {})}
    stated = {"inputSize": C, "outputSize": O, "kernelSize": kernel, "bias": bias, **options}
    return case(what, "conv", stated, x, parameters,
                lambda x, W, b=None: functional.conv2d(x, W, b, stride=stride, padding=padding))


def group_norm(what, x, groups, epsilon=1e-5):
    C = x[1]
    return case(what, "groupNorm", {"size": C, "groups": groups, "epsilon": epsilon}, x, {"gain": [C], "bias": [C]},
                lambda x, gain, bias: functional.group_norm(x, groups, gain, bias, eps=epsilon))


cases = [
    conv("3 × 3, as large as its input", [2, 3, 5, 4], 4, 3),
    conv("3 × 3 of stride 2", [2, 2, 6, 5], 3, 3, stride=2),
    conv("1 × 1 without bias", [2, 3, 3, 2], 2, 1, bias=False),
    conv("5 × 5 without padding, stride 3", [1, 2, 9, 8], 2, 5, stride=3, padding=0),
    group_norm("two groups", [3, 4, 3, 2], 2),
    group_norm("one group", [2, 3, 2, 2], 1),
    group_norm("a group for each channel, and a large epsilon", [2, 3, 3, 3], 3, 0.1),
]
path = pathlib.Path(__file__).with_name("goldens.json")
path.write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")
