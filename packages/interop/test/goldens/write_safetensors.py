"""Writes safetensors.json: a file made by the reference implementation, in base64.

    pip install torch safetensors && python write_safetensors.py
"""

import base64
import json
import pathlib

import safetensors
import torch
from safetensors.torch import save

tensors = {
    "f64": torch.tensor([[1.5, -2.25]], dtype=torch.float64),
    "f32": torch.tensor([0.1, -0.0, float("inf")]),
    "f16": torch.tensor([1.0, -0.333251953125, 6.103515625e-05, 5.960464477539063e-08, float("-inf"), 65504.0]).half(),
    "bf16": torch.tensor([1.0, -3.140625, 2.0**-130]).bfloat16(),
    "i64": torch.tensor([-(2**31), 2**31 - 1]),
    "i32": torch.tensor([[7], [-8]], dtype=torch.int32),
    "i16": torch.tensor([-300], dtype=torch.int16),
    "i8": torch.tensor([-5], dtype=torch.int8),
    "u8": torch.tensor([255], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(4.0),
    "empty": torch.zeros(0, 3),
    "Ä 名": torch.tensor([1.0]),
}
golden = {
    "torch": torch.__version__,
    "safetensors": safetensors.__version__,
    "file": base64.b64encode(save(tensors, metadata={"format": "pt", "note": "„ü“\n"})).decode(),
}
here = pathlib.Path(__file__).parent
(here / "safetensors.json").write_text(json.dumps(golden, indent=2) + "\n")
