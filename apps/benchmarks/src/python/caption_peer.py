"""python caption_peer.py <pytorch | pytorch-compile> <threads>: PyTorch's part of `caption-step`, as protocol.ts and captioning/task.ts say."""

import sys

from protocol import serve, torch_device, under
import torch
from caption_model import captioner_of
from torch import nn

PEER, THREADS = sys.argv[1], int(sys.argv[2])


def build(task, arrays):
    model, batch = captioner_of(under(arrays, "params")), under(arrays, "batch")
    grid, words, targets = batch["images.grid"], batch["input"].long(), batch["output"].long()
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr=task["learningRate"])
    loss_of = torch.compile(model.loss) if PEER == "pytorch-compile" else model.loss

    def step():
        optimizer.zero_grad()
        loss = loss_of(grid, words, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, task["clipNorm"])
        optimizer.step()
        return loss.item()

    return step


serve(lambda: (torch_device(THREADS, "compiled" if PEER == "pytorch-compile" else "eager"), build))
