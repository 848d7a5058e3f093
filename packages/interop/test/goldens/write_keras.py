"""Writes keras.json: Keras models with random weights, an input, and what they compute.

    pip install keras tensorflow-cpu safetensors && python write_keras.py          (made with Keras 3.15)

A model's weights are a safetensors file in base64, made of `{w.path: w.numpy() for w in model.weights}`; `merged` are the
same weights as they are written back from cells with one bias, assigned here and checked to compute the same.
"""

import base64
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers as L  # noqa: E402
from safetensors.numpy import save  # noqa: E402

T, B, D, H, V = 4, 2, 3, 5, 7
random = np.random.default_rng(5)
x = random.standard_normal((B, T, D)).astype(np.float32)  # Keras has the batch first.


def weights(model):
    return {w.path: w.numpy() for w in model.weights}


def encoded(tensors):
    return base64.b64encode(save(tensors)).decode()


def merged(tensors):
    """GRU biases [2, 3H] with gates z r h: those of z and r in the first row."""
    out = {path: array.copy() for path, array in tensors.items()}
    for array in out.values():
        if array.shape == (2, 3 * H):
            array[0, : 2 * H] += array[1, : 2 * H]
            array[1, : 2 * H] = 0
    return out


def assign(model, tensors):
    for w in model.weights:
        w.assign(tensors[w.path])


golden = {
    "keras": keras.__version__,
    "x": {"shape": [T, B, D], "data": x.transpose(1, 0, 2).flatten().tolist()},
    "cases": [],
}


def flat(array):
    return [round(float(value), 7) for value in np.asarray(array).flatten()]


def case(name, names, *recurrent, **facts):
    keras.backend.clear_session()
    model = keras.Sequential([L.Input((T, D)), *[layer() for layer in recurrent]])
    assign(model, {w.path: 0.5 * random.standard_normal(w.shape).astype(np.float32) for w in model.weights})
    before = weights(model)
    y = model(x).numpy()
    assign(model, merged(before))
    assert np.allclose(model(x).numpy(), y, atol=1e-6)
    golden["cases"].append(
        {
            "name": name,
            "layers": names,
            "weights": encoded(before),
            "merged": encoded(merged(before)),
            "y": flat(y.transpose(1, 0, 2)),
            **facts,
        }
    )


sequences = {"return_sequences": True}
for kind, name, options in [
    (L.LSTM, "lstm", {}),
    (L.LSTM, "lstm", {"use_bias": False}),
    (L.GRU, "gru", {}),
    (L.GRU, "gru", {"reset_after": False}),
    (L.GRU, "gru", {"use_bias": False}),
    (L.SimpleRNN, "simple_rnn", {}),
    (L.SimpleRNN, "simple_rnn", {"activation": "relu"}),
]:
    facts = {"kind": name, **options}
    make = lambda **more: lambda: kind(H, **sequences, **options, **more)
    both = lambda **more: lambda: L.Bidirectional(make()(), **more)
    case(f"{name} {options}", [name], make(), **facts)
    case(f"two {name} {options}", [name, f"{name}_1"], make(), make(), **facts)
    case(f"Bidirectional {name} {options}", ["bidirectional"], both(), bidirectional="concat", **facts)
    case(f"sum of two {name} {options}", ["both"], both(name="both", merge_mode="sum"), bidirectional="sum", **facts)
cell = lambda: L.RNN(L.LSTMCell(H), **sequences)
case("RNN of an LSTMCell", ["rnn"], cell, kind="lstm")
own = lambda: L.Bidirectional(
    L.GRU(H, name="there", **sequences), backward_layer=L.GRU(H, name="back", go_backwards=True, **sequences)
)
case("Bidirectional of two names", ["bidirectional"], own, kind="gru", bidirectional="concat")

keras.backend.clear_session()
model = keras.Sequential([L.Input((T,), dtype="int32"), L.Embedding(V, D), L.Dense(2), L.Dense(1, use_bias=False)])
words = random.integers(0, V, (B, T)).astype(np.int32)
golden["plain"] = {
    "weights": encoded(weights(model)),
    "words": words.transpose(1, 0).flatten().tolist(),
    "y": flat(model(words).numpy().transpose(1, 0, 2)),
}
(pathlib.Path(__file__).parent / "keras.json").write_text(json.dumps(golden, indent=1) + "\n")
