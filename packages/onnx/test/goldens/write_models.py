"""Writes models.json: ONNX files in base64, with what a reader of them must find.

    pip install onnx && python write_models.py          (made with onnx 1.23)
"""

import base64
import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

VERSION = "1.23"


def encoded(graph, functions=(), opset=21, producer="python", **props):
    model = h.make_model(graph, producer_name=producer, producer_version=VERSION, functions=list(functions))
    del model.opset_import[:]
    model.opset_import.extend([h.make_opsetid("", opset), h.make_opsetid("local", 1)])
    h.set_model_props(model, props)
    return base64.b64encode(model.SerializeToString()).decode()


tensor = h.make_tensor_value_info
f32 = lambda name, shape: tensor(name, T.FLOAT, shape)

# Every element type, as raw bytes.
types = [name for name, number in T.DataType.items() if number not in (T.UNDEFINED, T.STRING)]


def raw(name, number):
    width = {
        T.FLOAT: 32, T.UINT8: 8, T.INT8: 8, T.UINT16: 16, T.INT16: 16, T.INT32: 32, T.INT64: 64, T.BOOL: 8, T.FLOAT16: 16,
        T.DOUBLE: 64, T.UINT32: 32, T.UINT64: 64, T.COMPLEX64: 64, T.COMPLEX128: 128, T.BFLOAT16: 16,
        T.FLOAT8E4M3FN: 8, T.FLOAT8E4M3FNUZ: 8, T.FLOAT8E5M2: 8, T.FLOAT8E5M2FNUZ: 8, T.UINT4: 4, T.INT4: 4,
        T.FLOAT4E2M1: 4, T.FLOAT8E8M0: 8, T.UINT2: 2, T.INT2: 2, T.FLOAT6E2M3: 6, T.FLOAT6E3M2: 6,
    }[number]  # fmt: skip
    return T(name=name, data_type=number, dims=[2, 4], raw_data=bytes(width))


every = [raw(name, T.DataType.Value(name)) for name in types]
strings = h.make_tensor("words", T.STRING, [2], [b"ab", b"cde"])
x, y = f32("x", ["T", 3]), f32("y", ["T", 3])
identity = h.make_node("Identity", ["x"], ["y"])
dtypes = encoded(h.make_graph([identity], "dtypes", [x], [y], initializer=[*every, strings]), note="a")

# Data as lists of numbers, in a file beside the model, and sparse.
typed = h.make_tensor("typed", T.FLOAT, [2, 2], [1, 2, 3, 4])
external = T(name="outside", data_type=T.FLOAT, dims=[1000, 10], data_location=T.EXTERNAL)
for key, value in {"location": "model.onnx.data", "offset": "0", "length": "40000"}.items():
    external.external_data.add(key=key, value=value)
sparse = h.make_sparse_tensor(
    h.make_tensor("thin", T.FLOAT, [2], [1, 2]), h.make_tensor("thin_at", T.INT64, [2], [3, 99]), [10, 10]
)
default = h.make_tensor("scale", T.FLOAT, [1], [2])
where = encoded(
    h.make_graph(
        [identity], "where", [x, f32("scale", [1])], [y],
        initializer=[typed, external, default], sparse_initializer=[sparse],
    )  # fmt: skip
)

# Weights in Constants, in branches, in a loop's body, and in a function.
constant = lambda name, **value: h.make_node("Constant", [], [name], **value)
w = numpy_helper.from_array(np.ones((3, 5), np.float32), "inner")
then = h.make_graph([constant("W1", value=w), h.make_node("Identity", ["W1"], ["a"])], "then", [], [f32("a", [3, 5])])
other = h.make_graph(
    [h.make_node("Identity", ["W2"], ["b"])], "else", [], [f32("b", [3, 5])],
    initializer=[numpy_helper.from_array(np.ones((3, 5), np.float16), "W2")],
)  # fmt: skip
function = h.make_function(
    "local", "Scale", ["v"], ["out"],
    [constant("k", value_floats=[1.0, 2.0, 3.0]), h.make_node("Mul", ["v", "k"], ["out"])],
    [h.make_opsetid("", 21)],
)  # fmt: skip
nested = encoded(
    h.make_graph(
        [
            constant("ints", value_ints=[1, -2, 300]),
            h.make_node("If", ["c"], ["W"], then_branch=then, else_branch=other),
            h.make_node("Scale", ["x"], ["y"], domain="local"),
        ],
        "nested", [tensor("c", T.BOOL, []), x], [y],
    ),
    functions=[function],
)  # fmt: skip

# What is no tensor, has no rank, or no known sizes.
of = h.make_tensor_type_proto
values = [
    h.make_value_info("words", h.make_sequence_type_proto(of(T.STRING, ["N"]))),
    h.make_value_info("boxes", h.make_sequence_type_proto(h.make_map_type_proto(T.INT64, of(T.FLOAT, [])))),
    h.make_value_info("mask", h.make_optional_type_proto(of(T.BOOL, [None, 2]))),
    h.make_value_info("thin", h.make_sparse_tensor_type_proto(T.FLOAT, [10, 10])),
    tensor("any", T.FLOAT8E4M3FN, None),
    tensor("scalar", T.BFLOAT16, []),
    tensor("minus", T.FLOAT, [-1, 0]),
]
kinds = encoded(h.make_graph([identity], "kinds", [*values, x], [y]), opset=17)

golden = {"onnx": onnx.__version__, "dtypes": dtypes, "where": where, "nested": nested, "kinds": kinds}
(pathlib.Path(__file__).parent / "models.json").write_text(json.dumps(golden, indent=1) + "\n")
