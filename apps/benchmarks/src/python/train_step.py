"""python train_step.py <pytorch | pytorch-compile | jax> <threads>: a Python peer in a process of its own.

Speaks what protocol.ts says, a JSON object a line on stdin and stdout. The step that every peer takes:

    embedding E [V, H] → cell (H → H) over T steps from a zero state → linear (H → V) → mean cross-entropy over T·B
    → gradients of all weights, E among them → SGD

in f32, on the same batch each time. The cells: "lstm"; "gru", the reset gate after the product; "custom", an LSTM with
peepholes from c_{t−1} to i and f and from c_t to o.
"""

import json
import os
import sys
import time

PEER, THREADS = sys.argv[1], int(sys.argv[2])
# Standard output belongs to the protocol, whatever a library prints.
answers, sys.stdout = sys.stdout, sys.stderr


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


def say(answer):
    print(json.dumps(answer), file=answers, flush=True)


def timed(work):
    started = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - started) * 1000


def serve(build):
    from memory import watch_memory
    from safetensors_file import read_safetensors

    peak = watch_memory()
    current = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "build":
            arrays = read_safetensors(request["task"]["inputs"])

            def build_and_step():
                step = build(request["task"], arrays)
                return step, step.step()

            (current, loss), ms = timed(build_and_step)
            say({"ms": ms, "loss": loss})
        elif request["do"] == "steps":
            losses, ms = zip(*(timed(current.step) for _ in range(request["count"])))
            say({"ms": ms, "losses": losses})
        elif request["do"] == "peak":
            say({"peakBytes": peak()})
        else:
            return


try:
    device, build = start()
    say({"ready": True, "device": device})
    serve(build)
except Exception as error:
    say({"error": f"{type(error).__name__}: {error}"})
    sys.exit(1)
