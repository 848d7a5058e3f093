"""The task as a JAX user writes it: one jitted function for the whole step, lax.scan over time, parameters donated."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax


def lstm(p, zx, state):
    h, c = state
    i, f, o, g = jnp.split(zx + h @ p["U"], 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    h = jax.nn.sigmoid(o) * jnp.tanh(c)
    return (h, c), h


def gru(p, zx, state):
    """Gates z r n; the reset acts after the product, as in cuDNN."""
    (h,) = state
    uz, ur, un = jnp.split(h @ p["U"], 3, axis=-1)
    xz, xr, xn = jnp.split(zx, 3, axis=-1)
    z = jax.nn.sigmoid(xz + uz)
    r = jax.nn.sigmoid(xr + ur)
    n = jnp.tanh(xn + r * (un + p["bn"]))
    h = (1 - z) * n + z * h
    return (h,), h


def custom(p, zx, state):
    """The LSTM with peepholes of i f o."""
    h, c = state
    i, f, o, g = jnp.split(zx + h @ p["U"], 4, axis=-1)
    pi, pf, po = jnp.split(p["p"], 3)
    c = jax.nn.sigmoid(f + pf * c) * c + jax.nn.sigmoid(i + pi * c) * jnp.tanh(g)
    h = jax.nn.sigmoid(o + po * c) * jnp.tanh(c)
    return (h, c), h


CELLS = {"lstm": (lstm, 2), "gru": (gru, 1), "custom": (custom, 2)}


class JaxStep:
    def __init__(self, task, arrays):
        if task["work"] != "train-step":
            raise ValueError(f"There is no {task['work']} here.")
        cell, states = CELLS[task["cell"]]
        rate = task["learningRate"]
        before = task["inputProduct"] == "before"

        def loss_of(p, tokens, targets):
            xs = p["E"][tokens]
            if before:
                xs = xs @ p["W"] + p["b"]
            zeros = jnp.zeros((tokens.shape[1], p["U"].shape[0]), jnp.float32)

            def step(state, x):
                return cell(p, x if before else x @ p["W"] + p["b"], state)

            _, hs = lax.scan(step, (zeros,) * states, xs)
            log_p = jax.nn.log_softmax(hs @ p["Wo"] + p["bo"])
            return -jnp.mean(jnp.take_along_axis(log_p, targets[..., None], axis=-1))

        @partial(jax.jit, donate_argnums=0)
        def update(p, tokens, targets):
            loss, gradients = jax.value_and_grad(loss_of)(p, tokens, targets)
            return jax.tree.map(lambda w, g: w - rate * g, p, gradients), loss

        self.update = update
        self.tokens = jnp.asarray(arrays["tokens"])
        self.targets = jnp.asarray(arrays["targets"])
        self.params = {name: jnp.asarray(a) for name, a in arrays.items() if name not in ("tokens", "targets")}

    def step(self):
        """One update; the loss before it."""
        self.params, loss = self.update(self.params, self.tokens, self.targets)
        jax.block_until_ready(self.params)
        return float(loss)


def start(threads):
    """What runs, and the function that builds a step."""
    version = ".".join(jax.__version__.split(".")[:2])
    device = f"JAX {version} · jit · CPU · {threads} thread{'s' if threads > 1 else ''}"
    return device, JaxStep
