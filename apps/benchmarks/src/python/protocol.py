"""A Python peer's side of protocol.ts: a JSON object a line on stdin and stdout. Import this before any library that may print."""

import json
import sys
import time

# Standard output belongs to the protocol, whatever a library prints.
answers, sys.stdout = sys.stdout, sys.stderr


def say(answer):
    print(json.dumps(answer), file=answers, flush=True)


def timed(work):
    started = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - started) * 1000


def under(arrays, prefix):
    """Those whose names begin with `prefix`, without it, as tensors of PyTorch."""
    import torch

    return {
        name[len(prefix) + 1 :]: torch.from_numpy(array)
        for name, array in arrays.items()
        if name.startswith(f"{prefix}.")
    }


def torch_device(threads, kind="eager"):
    """Has PyTorch use so many threads; what to call that."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    version = ".".join(torch.__version__.split("+")[0].split(".")[:2])
    return f"PyTorch {version} · {kind} · CPU · {threads} thread{'s' if threads > 1 else ''}"


def serve(start):
    """Says that it is ready, then does what is asked. `start` → a device's name, and what makes of a task and its arrays a step."""
    try:
        device, build = start()
        say({"ready": True, "device": device})
        answer(build)
    except Exception as error:
        say({"error": f"{type(error).__name__}: {error}"})
        sys.exit(1)


def answer(build):
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
                return step, step()

            (current, loss), ms = timed(build_and_step)
            del arrays
            say({"ms": ms, "loss": loss})
        elif request["do"] == "steps":
            losses, ms = zip(*(timed(current) for _ in range(request["count"])))
            say({"ms": ms, "losses": losses})
        elif request["do"] == "peak":
            say({"peakBytes": peak()})
        else:
            return
