"""Writes images.json: convolutions and pooling as PyTorch computes them, with gradients, for ops/images.test.ts.

    python write_images.py          (needs torch; made with 2.13)

Every operand is a wave, 0.5·sin(1.7·k + 0.9·salt) over its elements k, with salt 0, 1 by its place, rounded to quarters where there
shall be ties. PyTorch runs in f64. Gradients are those of the sum of y · wave(y's shape, 3).
"""

import json
import pathlib

import torch
from torch.nn import functional


def wave(shape, salt, ties=False):
    k = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    x = 0.5 * torch.sin(1.7 * k + 0.9 * salt)
    if ties:
        x = torch.round(x * 4) / 4
    return x.reshape(shape).clone().requires_grad_()


def case(op, shapes, function, ties=False, **options):
    operands = [wave(shape, salt, ties) for salt, shape in enumerate(shapes)]
    y = function(*operands)
    gradients = torch.autograd.grad((y * wave(list(y.shape), 3)).sum(), operands)
    return {
        "op": op,
        "shapes": shapes,
        "ties": ties,
        "options": options,
        "shape": list(y.shape),
        "y": y.flatten().tolist(),
        "gradients": [g.flatten().tolist() for g in gradients],
    }


def conv(x, w, stride=1, padding=0):
    return case("conv2d", [x, w], lambda x, w: functional.conv2d(x, w, stride=stride, padding=padding),
                stride=stride, padding=padding)


def pool(op, x, size, stride=None, padding=0, ties=False):
    function = functional.max_pool2d if op == "maxPool2d" else functional.avg_pool2d
    return case(op, [x], lambda x: function(x, size, stride, padding), ties,
                size=size, stride=stride or size, padding=padding)


cases = [
    conv([2, 3, 5, 4], [4, 3, 3, 3], padding=1),
    conv([2, 2, 6, 5], [3, 2, 3, 3], stride=2, padding=1),
    conv([1, 2, 9, 8], [2, 2, 5, 4], stride=3),
    conv([2, 3, 3, 2], [2, 3, 1, 1], stride=2),
    conv([1, 1, 2, 2], [1, 1, 5, 5], padding=3),
    *(
        pool("maxPool2d", *shape, ties=ties)
        for ties in (False, True)
        for shape in (([2, 2, 4, 6], 2), ([1, 2, 5, 7], 2), ([2, 1, 6, 5], 3, 2, 1), ([1, 2, 7, 6], 2, 3, 1))
    ),
    pool("averagePool2d", [2, 2, 4, 6], 2),
    pool("averagePool2d", [1, 2, 5, 7], 2),
    pool("averagePool2d", [2, 1, 6, 5], 3, 2, 1),
    pool("averagePool2d", [1, 2, 7, 6], 2, 3, 1),
]
pathlib.Path(__file__).with_name("images.json").write_text(json.dumps({"torch": torch.__version__, "cases": cases}))
