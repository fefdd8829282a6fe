"""Records what torch.optim.AdamW does in float32: python record.py > adamw.json"""

import json
import sys

import torch


def run(name, options, lrs, scale, shapes, steps, seed):
    torch.manual_seed(seed)
    params = [torch.nn.Parameter(torch.randn(shape) * 0.3) for shape in shapes]
    grads = [[(torch.randn(shape) * 10.0 ** -(i % 4)) for shape in shapes] for i in range(steps)]
    start = [p.detach().flatten().tolist() for p in params]
    optimizer = torch.optim.AdamW(params, lr=lrs[0], **options)
    for i in range(steps):
        optimizer.param_groups[0]["lr"] = lrs[i % len(lrs)]
        for p, g in zip(params, grads[i]):
            p.grad = g * scale
        optimizer.step()
    state = [optimizer.state[p] for p in params]
    return {
        "name": name,
        "options": {
            "beta1": options["betas"][0],
            "beta2": options["betas"][1],
            "eps": options["eps"],
            "weightDecay": options["weight_decay"],
        },
        "lrs": lrs,
        "gradScale": scale,
        "shapes": shapes,
        "start": start,
        "grads": [[g.flatten().tolist() for g in step] for step in grads],
        "end": [p.detach().flatten().tolist() for p in params],
        "m": [s["exp_avg"].flatten().tolist() for s in state],
        "v": [s["exp_avg_sq"].flatten().tolist() for s in state],
    }


def clip(name, max_norm, shapes, seed):
    torch.manual_seed(seed)
    params = [torch.nn.Parameter(torch.zeros(shape)) for shape in shapes]
    for p in params:
        p.grad = torch.randn(p.shape)
    grads = [p.grad.flatten().tolist() for p in params]
    norm = torch.nn.utils.clip_grad_norm_(params, max_norm).item()
    clipped = [p.grad.flatten().tolist() for p in params]
    return {"name": name, "maxNorm": max_norm, "shapes": shapes, "grads": grads, "norm": norm, "clipped": clipped}


default = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2}
json.dump(
    {
        "updates": [
            run("diffusers' defaults", default, [5e-6], 1.0, [[3, 7], [5]], 20, 1),
            run("large rate, changing", default, [0.1, 0.03, 0.2], 0.5, [[4, 5], [17]], 12, 2),
            run(
                "no decay, other betas",
                {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.0},
                [1e-2],
                0.25,
                [[2, 3, 3]],
                8,
                3,
            ),
        ],
        "clips": [
            clip("too long", 1.0, [[4, 5], [3]], 4),
            clip("short enough", 50.0, [[4, 5], [3]], 5),
        ],
    },
    sys.stdout,
)
