"""Writes upsampled.json: maps of weights by PyTorch's interpolate and SciPy's gaussian_filter. Needs torch and scipy.

Smoothing is what skimage.transform.pyramid_expand does after resizing, by which Xu et al. (2015) draw attention.
"""

import json
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

CASES = [
    ((3, 4), (9, 8), 0.0),
    ((3, 4), (7, 10), 0.0),
    ((5, 5), (3, 4), 0.0),
    ((1, 2), (4, 4), 0.0),
    ((4, 3), (16, 12), 1.25),
    ((4, 4), (12, 20), 0.5),
    ((2, 2), (3, 3), 3.0),  # the Gaussian is wider than the picture
]

cases = []
for i, ((h, w), (height, width), sigma) in enumerate(CASES):
    weights = np.random.default_rng(i).dirichlet(np.full(h * w, 0.5)).reshape(h, w)
    grid = torch.from_numpy(weights)[None, None]
    large = torch.nn.functional.interpolate(grid, size=(height, width), mode="bilinear", align_corners=False)[0, 0].numpy()
    if sigma > 0:
        large = gaussian_filter(large, (sigma * height / h, sigma * width / w), mode="reflect", truncate=4.0)
    cases.append({
        "grid": {"height": h, "width": w},
        "size": [height, width],
        "sigma": sigma,
        "weights": [round(float(x), 8) for x in weights.ravel()],
        "map": [round(float(x), 8) for x in large.ravel()],
    })

Path(__file__).with_name("upsampled.json").write_text(json.dumps(cases) + "\n")
