"""A small convolutional network as a PyTorch user writes it: nn.Conv2d, nn.GroupNorm, relu, nn.Linear, cross_entropy,
backward, torch.optim.Adam. The parts that CnnTask in protocol.ts describes.
"""

import torch
from torch import nn
from torch.nn import functional

GROUP = 8


class Block(nn.Module):
    def __init__(self, weight, gain, bias, stride, after):
        super().__init__()
        O, C, P, _ = weight.shape
        self.pad = nn.ZeroPad2d((0, 1, 0, 1)) if after else nn.Identity()  # zeros after the last row and column alone
        self.conv = nn.Conv2d(C, O, P, stride=stride, padding=0 if after else P // 2, bias=False)
        self.norm = nn.GroupNorm(O // GROUP, O)
        with torch.no_grad():
            self.conv.weight.copy_(weight)
            self.norm.weight.copy_(gain)
            self.norm.bias.copy_(bias)

    def forward(self, x):
        return functional.relu(self.norm(self.conv(self.pad(x))))


class Network(nn.Module):
    def __init__(self, tensors):
        super().__init__()

        def block(i, stride, after=False):
            under = f"params.encoder.blocks.{i}"
            parts = (tensors[f"{under}.{name}"] for name in ("conv.W", "norm.gain", "norm.bias"))
            return Block(*parts, stride, after)

        last = sum(name.endswith("conv.W") for name in tensors) - 1
        self.halving = nn.Sequential(*(block(i, 2, i == last - 1) for i in range(last)))
        self.last = block(last, 1)
        self.position = nn.Parameter(tensors["params.encoder.position"])
        D, K = tensors["params.output.W"].shape
        self.output = nn.Linear(D, K)
        with torch.no_grad():
            self.output.weight.copy_(tensors["params.output.W"].t())
            self.output.bias.copy_(tensors["params.output.b"])

    def forward(self, pixels):
        grid = self.last(self.halving(pixels) + self.position)
        return self.output(grid.mean(dim=(2, 3)))


class TorchCnn:
    def __init__(self, task, arrays):
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        self.model = Network(tensors)
        self.pixels, self.labels = tensors["batch.pixels"], tensors["batch.labels"].long()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=task["learningRate"])

    def step(self):
        """One update; the loss before it."""
        self.optimizer.zero_grad()
        loss = functional.cross_entropy(self.model(self.pixels), self.labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()
