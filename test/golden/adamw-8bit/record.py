"""Records bitsandbytes' dynamic maps and what its AdamW8bit does on the CPU: python record.py > adamw-8bit.json"""

import base64
import json
import sys

import bitsandbytes as bnb
import numpy as np
import torch
from bitsandbytes.functional import create_dynamic_map

SIZE = 4500  # above the least size of 8-bit state, and no multiple of the block


def numbers(seed, size):
    """Floats of -0.5 to 0.5 times 1 to 2^-3, the same in every language; see adamw8bit.test.ts."""
    values = np.empty(size, np.float32)
    state = seed
    for i in range(size):
        state = (state * 1103515245 + 12345) % 2**31
        values[i] = ((state >> 7) / 2**24 - 0.5) * 2.0 ** -((state >> 3) % 4)
    return values


def text(tensor):
    return base64.b64encode(tensor.detach().contiguous().numpy().tobytes()).decode()


def run(name, options, lrs, steps):
    weight = torch.nn.Parameter(torch.from_numpy(numbers(1, SIZE)))
    optimizer = bnb.optim.AdamW8bit([weight], lr=lrs[0], **options)
    for i in range(steps):
        optimizer.param_groups[0]["lr"] = lrs[i % len(lrs)]
        weight.grad = torch.from_numpy(numbers(100 + i, SIZE))
        optimizer.step()
    state = optimizer.state[weight]
    beta1, beta2 = options["betas"]
    return {
        "name": name,
        "options": {"beta1": beta1, "beta2": beta2, "eps": options["eps"], "weightDecay": options["weight_decay"]},
        "lrs": lrs,
        "steps": steps,
        "size": SIZE,
        "weights": text(weight),
        "m": {"codes": text(state["state1"]), "absmax": text(state["absmax1"])},
        "v": {"codes": text(state["state2"]), "absmax": text(state["absmax2"])},
    }


defaults = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2}
json.dump(
    {
        "signed": create_dynamic_map(signed=True).tolist(),
        "unsigned": create_dynamic_map(signed=False).tolist(),
        "updates": [
            run("one update", defaults, [5e-6], 1),
            run("three updates, changing rate", {**defaults, "betas": (0.8, 0.95), "eps": 1e-4}, [1e-2, 3e-3, 5e-3], 3),
        ],
    },
    sys.stdout,
)
