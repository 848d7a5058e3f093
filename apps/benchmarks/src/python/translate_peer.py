"""python translate_peer.py <pytorch | pytorch-hoisted | pytorch-batched> <threads>: PyTorch's part of `translate-step` and
`translate-decode`, as protocol.ts and translate/task.ts say.

Training: "pytorch" multiplies with the vocabulary in the decoder's loop, "pytorch-hoisted" after it. Decoding: "pytorch"
searches for one sentence after the other, "pytorch-batched" for all at once.
"""

import json
import sys
import time

import torch
from memory import watch_memory
from safetensors_file import read_safetensors
from torch import nn
from translate_beam import search
from translate_model import Translator, loss_of, sizes_of

PEER, THREADS = sys.argv[1], int(sys.argv[2])
# Standard output belongs to the protocol, whatever a library prints.
answers, sys.stdout = sys.stdout, sys.stderr


def under(arrays, prefix):
    return {
        name[len(prefix) + 1 :]: torch.from_numpy(array)
        for name, array in arrays.items()
        if name.startswith(f"{prefix}.")
    }


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


def build(task):
    arrays = read_safetensors(task["inputs"])
    parameters = under(arrays, "params")
    product = "after" if PEER == "pytorch-hoisted" else "step"
    model = Translator(sizes_of(parameters), task["dropout"], product).load(parameters)
    make = train_step if task["work"] == "train" else decode_step
    return make(model, under(arrays, "batch"), task)


def say(answer):
    print(json.dumps(answer), file=answers, flush=True)


def timed(work):
    started = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - started) * 1000


def serve():
    peak = watch_memory()
    current = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "build":

            def build_and_step():
                step = build(request["task"])
                return step, step()

            (current, loss), ms = timed(build_and_step)
            say({"ms": ms, "loss": loss})
        elif request["do"] == "steps":
            losses, ms = zip(*(timed(current) for _ in range(request["count"])))
            say({"ms": ms, "losses": losses})
        elif request["do"] == "peak":
            say({"peakBytes": peak()})
        else:
            return


try:
    torch.set_num_threads(THREADS)
    torch.manual_seed(1)
    version = ".".join(torch.__version__.split("+")[0].split(".")[:2])
    plural = "s" if THREADS > 1 else ""
    say({"ready": True, "device": f"PyTorch {version} · eager · CPU · {THREADS} thread{plural}"})
    serve()
except Exception as error:
    say({"error": f"{type(error).__name__}: {error}"})
    sys.exit(1)
