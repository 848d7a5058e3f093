"""python translate_peer.py <pytorch | pytorch-hoisted | pytorch-batched> <threads>: PyTorch's part of `translate-step` and
`translate-decode`, as protocol.ts and translate/task.ts say.

Training: "pytorch" multiplies with the vocabulary in the decoder's loop, "pytorch-hoisted" after it. Decoding: "pytorch"
searches for one sentence after the other, "pytorch-batched" for all at once.
"""

import sys

from protocol import serve, torch_device, under
import torch
from torch import nn
from translate_beam import search
from translate_model import Translator, loss_of, sizes_of

PEER, THREADS = sys.argv[1], int(sys.argv[2])


def train_step(model, batch, task):
    """One update; the loss before it."""
    source, words, output = (batch[name].long() for name in ("source", "input", "output"))
    source_lengths, lengths = batch["sourceLengths"].long(), batch["lengths"].long()
    optimizer = torch.optim.Adam(model.parameters(), lr=task["learningRate"])
    keep_unused = [
        (bias, 2 * model.decoder.hidden_size)
        for module in (model.encoder, model.decoder)
        for name, bias in module.named_parameters()
        if name.startswith("bias_hh")
    ]

    def step():
        optimizer.zero_grad()
        loss = loss_of(model(source, source_lengths, words), output, lengths)
        loss.backward()
        # PyTorch has two biases for every gate. Of the second only the last gate's is of use; ours is without the others.
        for bias, unused in keep_unused:
            bias.grad[:unused].zero_()
        nn.utils.clip_grad_norm_(model.parameters(), task["clipNorm"])
        optimizer.step()
        return loss.item()

    return step


def decode_step(model, batch, task):
    """A search; the mean ln p of the best hypotheses."""
    model.eval()
    source, lengths = batch["source"].long(), batch["sourceLengths"].long()
    beam = task["beam"]

    @torch.no_grad()
    def step():
        if PEER == "pytorch-batched":
            found = search(model, source, lengths, beam, lengths.tolist())
        else:
            found = [
                search(model, source[:length, i : i + 1], lengths[i : i + 1], beam, [length])[0]
                for i, length in enumerate(lengths.tolist())
            ]
        return sum(score for score, _ in found) / len(found)

    return step


def build(task, arrays):
    parameters = under(arrays, "params")
    product = "after" if PEER == "pytorch-hoisted" else "step"
    model = Translator(sizes_of(parameters), task["dropout"], product).load(parameters)
    make = train_step if task["work"] == "train" else decode_step
    return make(model, under(arrays, "batch"), task)


serve(lambda: (torch_device(THREADS), build))
