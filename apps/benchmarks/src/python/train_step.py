"""python train_step.py <pytorch | pytorch-compile | jax> <threads>: a Python peer in a process of its own.

Speaks what protocol.ts says, a JSON object a line on stdin and stdout. The step that every peer takes:

    embedding E [V, H] → cell (H → H) over T steps from a zero state → linear (H → V) → mean cross-entropy over T·B
    → gradients of all weights, E among them → SGD

in f32, on the same batch each time. The cells: "lstm"; "gru", the reset gate after the product; "custom", an LSTM with
peepholes from c_{t−1} to i and f and from c_t to o.
"""

import os
import sys

from protocol import serve

PEER, THREADS = sys.argv[1], int(sys.argv[2])


def start():
    if PEER == "jax":
        # XLA asks for no number of threads; it takes as many as the process has cores.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
        os.environ["JAX_PLATFORMS"] = "cpu"
        import jax_step

        return jax_step.start(THREADS)
    if PEER not in ("pytorch", "pytorch-compile"):
        raise ValueError(f"There is no peer {PEER}.")
    import torch_step

    return torch_step.start(THREADS, compiled=PEER == "pytorch-compile")


def start_step():
    device, build = start()
    return device, lambda task, arrays: build(task, arrays).step


serve(start_step)
