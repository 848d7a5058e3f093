"""This process's resident memory at its highest since a moment, as run/memory.ts watches it for JavaScript peers."""

import re


def watch_memory():
    """A function that gives the growth since now in bytes; None where Linux's /proc is not there."""
    try:
        # Lets VmHWM start again at what is resident now: proc(5), clear_refs.
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        before = status_bytes("VmRSS")
        return lambda: max(0, status_bytes("VmHWM") - before)
    except OSError:
        return lambda: None


def status_bytes(field):
    with open("/proc/self/status") as file:
        return int(re.search(rf"{field}:\s+(\d+) kB", file.read()).group(1)) * 1024
