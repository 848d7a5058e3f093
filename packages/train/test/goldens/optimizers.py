"""What torch.optim does with 20 given gradients. Run: python optimizers.py > optimizers.json (PyTorch 2.13)."""

import json
import torch

STEPS = 20
generator = torch.Generator().manual_seed(7)
params = {"W": torch.randn(3, 4, generator=generator), "b": torch.randn(4, generator=generator)}
grads = [
    {"W": torch.randn(3, 4, generator=generator), "b": torch.randn(4, generator=generator)} for _ in range(STEPS)
]
# A wide range of magnitudes, so that a misplaced epsilon shows.
for i, g in enumerate(grads):
    g["W"][0] *= 1e-4
    g["b"] *= 10.0 ** (i % 5 - 3)

CASES = {
    "sgd": ("SGD", dict(lr=0.1)),
    "sgd momentum": ("SGD", dict(lr=0.05, momentum=0.9)),
    "sgd nesterov, weight decay": ("SGD", dict(lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.01)),
    "rmsprop": ("RMSprop", dict()),
    "rmsprop centered, momentum, weight decay": (
        "RMSprop",
        dict(lr=0.002, alpha=0.9, eps=1e-5, momentum=0.9, centered=True, weight_decay=0.1),
    ),
    "adagrad": ("Adagrad", dict()),
    "adagrad decaying": (
        "Adagrad",
        dict(lr=0.1, lr_decay=0.05, initial_accumulator_value=0.1, eps=1e-6, weight_decay=0.02),
    ),
    "adam": ("Adam", dict()),
    "adam weight decay": ("Adam", dict(lr=0.01, betas=(0.8, 0.99), eps=1e-4, weight_decay=0.1)),
    "adamw": ("AdamW", dict()),
    "adamw other options": ("AdamW", dict(lr=0.02, betas=(0.0, 0.9), eps=1e-3, weight_decay=0.2)),
}


def trajectory(name, options, groups=None):
    own = {k: v.clone().requires_grad_() for k, v in params.items()}
    optimizer = getattr(torch.optim, name)(groups(own) if groups else list(own.values()), **options)
    seen = []
    for g in grads:
        for k, p in own.items():
            p.grad = g[k].clone()
        optimizer.step()
        seen.append({k: p.detach().flatten().tolist() for k, p in own.items()})
    return seen


def rounded(tree):
    if isinstance(tree, dict):
        return {k: rounded(v) for k, v in tree.items()}
    if isinstance(tree, list):
        return [rounded(v) for v in tree]
    return float(f"{tree:.9g}")


def plateau():
    losses = [3.0, 2.0, 2.1, 2.05, 1.9999, 2.2, 2.3, 2.1, 2.0, 1.5, 1.6, 1.7, 1.6, 1.55, 1.7, 1.5, 1.6, 1.6]
    cases = {
        "defaults": dict(),
        "impatient": dict(factor=0.5, patience=1, threshold=0.001, cooldown=2, min_lr=0.2),
        "at once": dict(factor=0.5, patience=0),
    }
    out = {}
    for name, options in cases.items():
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        rates = []
        for loss in losses:
            scheduler.step(loss)
            rates.append(optimizer.param_groups[0]["lr"])
        out[name] = rates
    return {"losses": losses, "rates": out}


def clipped():
    tensors = [torch.randn(3, 4, generator=generator).requires_grad_(), torch.randn(5, generator=generator).requires_grad_()]
    gradients = [torch.randn(3, 4, generator=generator), torch.randn(5, generator=generator)]
    out = {"gradients": [g.flatten().tolist() for g in gradients], "cases": {}}
    for limit in (0.5, 2.0, 100.0):
        for p, g in zip(tensors, gradients):
            p.grad = g.clone()
        norm = torch.nn.utils.clip_grad_norm_(tensors, limit)
        out["cases"][str(limit)] = {"norm": norm.item(), "clipped": [p.grad.flatten().tolist() for p in tensors]}
    return out


groups = trajectory(
    "AdamW",
    dict(lr=0.01),
    lambda own: [{"params": [own["W"]], "lr": 0.002}, {"params": [own["b"]], "weight_decay": 0.0}],
)
print(
    json.dumps(
        rounded(
            {
                "params": {k: v.flatten().tolist() for k, v in params.items()},
                "grads": [{k: v.flatten().tolist() for k, v in g.items()} for g in grads],
                "cases": {k: trajectory(*v) for k, v in CASES.items()},
                "groups": groups,
                "plateau": plateau(),
                "clip": clipped(),
            }
        ),
        separators=(",", ":"),
    )
)
