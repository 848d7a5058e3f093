"""Writes encoders.json: small ONNX image networks in base64, and what ONNX Runtime's Python says of inner values of them.

    pip install onnx onnxruntime && python write_encoders.py          (made with onnx 1.23, onnxruntime 1.30)
"""

import base64
import json
import pathlib

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

rng = np.random.default_rng(5)
tensor = h.make_tensor_value_info


def weights(**shapes):
    return [numpy_helper.from_array((rng.standard_normal(s) * 0.3).astype(np.float32), n) for n, s in shapes.items()]


def model(nodes, inputs, outputs, initializers, opset=17, ir=8):
    graph = h.make_graph(nodes, "net", inputs, outputs, initializers)
    made = h.make_model(graph, producer_name="python", ir_version=ir, opset_imports=[h.make_opsetid("", opset)])
    onnx.checker.check_model(made)
    return made


def conv(x, w, y, stride=2):
    return h.make_node("Conv", [x, w], [y], kernel_shape=[3, 3], strides=[stride, stride], pads=[1, 1, 1, 1])


def body(x="x"):
    """8 × 12 pictures → a: 4 channels at 4 × 6 → b: 5 channels at 2 × 3 → pooled: 5 → scores: 7."""
    return [
        conv(x, "W1", "c1"),
        h.make_node("Relu", ["c1"], ["a"]),
        conv("a", "W2", "c2"),
        h.make_node("Relu", ["c2"], ["b"]),
        h.make_node("GlobalAveragePool", ["b"], ["p"]),
        h.make_node("Flatten", ["p"], ["pooled"]),
        h.make_node("Gemm", ["pooled", "W3", "B3"], ["scores"]),
    ]


def net_weights():
    return weights(W1=[4, 3, 3, 3], W2=[5, 4, 3, 3], W3=[5, 7], B3=[7])


picture = lambda n: [n, 3, 8, 12]
X = rng.random((2, 3, 8, 12)).astype(np.float32)
models, expected = {}, {}


def add(name, made, taps=(), feed=None, changed=None):
    """The values of taps, of a copy of the model that has them as outputs."""
    models[name] = base64.b64encode(made.SerializeToString()).decode()
    if not taps:
        return
    copy = onnx.ModelProto()
    copy.CopyFrom(made)
    del copy.graph.output[:]
    copy.graph.output.extend(onnx.ValueInfoProto(name=tap) for tap in taps)
    session = ort.InferenceSession(copy.SerializeToString())
    values = session.run(list(taps), {session.get_inputs()[0].name: X if feed is None else feed})
    expected[name] = {tap: {"shape": v.shape, "data": v.astype(np.float32).ravel().tolist()} for tap, v in zip(taps, values)}


io = dict(inputs=[tensor("x", T.FLOAT, picture("N"))], outputs=[tensor("scores", T.FLOAT, ["N", 7])])
add("plain", model(body(), **io, initializers=net_weights()), ["a", "b", "pooled", "scores"])

# The weights of IR version 3 are inputs too.
old_weights = net_weights()
old = model(
    body(),
    [tensor("x", T.FLOAT, picture("N"))] + [tensor(w.name, T.FLOAT, list(w.dims)) for w in old_weights],
    [tensor("scores", T.FLOAT, ["N", 7])],
    old_weights,
    opset=8,
    ir=3,
)
add("old", old, ["b"])

# As converters of TensorFlow write: pictures of [N, H, W, C], and maps of it at the end; one picture at a time.
hwc = [
    h.make_node("Transpose", ["pictures"], ["x"], perm=[0, 3, 1, 2]),
    *body()[:4],
    h.make_node("Transpose", ["b"], ["b_hwc"], perm=[0, 2, 3, 1]),
]
made = model(
    hwc,
    [tensor("pictures", T.FLOAT, [1, 8, 12, 3])],
    [tensor("b_hwc", T.FLOAT, [1, 2, 3, 5])],
    net_weights()[:2],
)
add("hwc", made, ["b_hwc", "b"], X[:1].transpose(0, 2, 3, 1))

fixed = model(body(), [tensor("x", T.FLOAT, picture(3))], [tensor("scores", T.FLOAT, [3, 7])], net_weights())
add("fixed", fixed, ["a", "b"], np.concatenate([X, X[:1]]))

half = [
    numpy_helper.from_array(numpy_helper.to_array(w).astype(np.float16), w.name) for w in net_weights()[:2]
]
made = model(body()[:4], [tensor("x", T.FLOAT16, picture("N"))], [tensor("b", T.FLOAT16, ["N", 5, 2, 3])], half)
add("half", made, ["b"], X.astype(np.float16))

made = model(
    [h.make_node("Cast", ["bytes"], ["x"], to=T.FLOAT), *body()[:4]],
    [tensor("bytes", T.UINT8, picture("N"))],
    [tensor("b", T.FLOAT, ["N", 5, 2, 3])],
    net_weights()[:2],
)
add("bytes", made, ["b"], (X * 255).astype(np.uint8))

# What an If's branches read of the graph around them is needed; `unused` is not.
branch = lambda w: h.make_graph([conv("a", w, "y")], "branch", [], [tensor("y", T.FLOAT, ["N", 5, 2, 3])])
made = model(
    [
        conv("x", "W1", "a"),
        h.make_node("ReduceMean", ["x"], ["mean"], keepdims=0),
        h.make_node("Less", ["mean", "half"], ["is_dark"]),
        h.make_node("If", ["is_dark"], ["b"], then_branch=branch("W2"), else_branch=branch("W4")),
        h.make_node("MatMul", ["x", "unused"], ["other"]),
    ],
    [tensor("x", T.FLOAT, picture("N"))],
    [tensor("b", T.FLOAT, ["N", 5, 2, 3]), tensor("other", T.FLOAT, ["N", 3, 8, 500])],
    weights(W1=[4, 3, 3, 3], W2=[5, 4, 3, 3], W4=[5, 4, 3, 3], unused=[12, 500])
    + [numpy_helper.from_array(np.float32(0.5), "half")],
)
add("branches", made, ["b"], X)

mask = model(
    [h.make_node("Mul", ["x", "mask"], ["masked"]), conv("masked", "W1", "a")],
    [tensor("x", T.FLOAT, picture("N")), tensor("mask", T.FLOAT, picture("N"))],
    [tensor("a", T.FLOAT, ["N", 4, 4, 6])],
    weights(W1=[4, 3, 3, 3]),
)
add("two-inputs", mask)

# Channels that are dark are left out: how many there are depends on the picture.
made = model(
    [
        h.make_node("ReduceMean", ["x"], ["means"], axes=[0, 2, 3], keepdims=0),
        h.make_node("Less", ["means", "half"], ["keep"]),
        h.make_node("Compress", ["x", "keep"], ["some"], axis=1),
    ],
    [tensor("x", T.FLOAT, picture("N"))],
    [tensor("some", T.FLOAT, ["N", "C", 8, 12])],
    [numpy_helper.from_array(np.float32(0.5), "half")],
)
add("changing", made)

outside = model(body(), **io, initializers=net_weights())
for w in outside.graph.initializer:
    if w.name == "W2":
        onnx.external_data_helper.set_external_data(w, "weights.bin")
        w.ClearField("raw_data")
add("outside", outside)

here = pathlib.Path(__file__).parent
text = json.dumps({"pictures": X.ravel().tolist(), "models": models, "expected": expected}, separators=(",", ":"))
(here / "encoders.json").write_text(text + "\n")
print(len(text), "bytes")
