"""Writes files.json: small files of other programs, in base64, which are no model files of this library.

    pip install torch safetensors h5py onnx && python write_files.py          (made with torch 2.13)
"""

import base64
import io
import json
import pathlib

import h5py
import numpy
import onnx
import torch
from onnx import TensorProto, helper
from safetensors.torch import save

weights = {"W": torch.arange(2.0)}


def torch_file(zipped):
    buffer = io.BytesIO()
    torch.save(weights, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


def hdf5_file():
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver="latest") as file:
        file["W"] = numpy.arange(2, dtype="f4")
    return buffer.getvalue()


def onnx_file(**options):
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Tanh", ["x"], ["y"])], "graph", [x], [y])
    return helper.make_model(graph, **options).SerializeToString()


files = {
    "torch.pt": torch_file(True),
    "old-torch.pt": torch_file(False),
    "weights.h5": hdf5_file(),
    "weights.safetensors": save(weights, metadata={"format": "pt"}),
    "model.onnx": onnx_file(producer_name="pytorch", producer_version="2.13"),
    "nobody.onnx": onnx_file(),
}
encoded = {name: base64.b64encode(content).decode() for name, content in files.items()}
pathlib.Path(__file__).with_name("files.json").write_text(json.dumps(encoded, indent=2) + "\n")
