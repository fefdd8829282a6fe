"""Records torch's CPU generator: one script of draws per seed, all from the same generator. Run: python record.py"""

import hashlib
import json
from pathlib import Path

import torch

HERE = Path(__file__).parent
SEEDS = [0, 7, 2**40 + 3, 123456789]
SIZES = [1, 5, 8, 15, 16, 17, 40, 105, 1000]
LONG = 12


def packed(values):
    """All values if few, else the first and last ones and a digest of the little-endian bytes of all."""
    flat = values.flatten()
    data = hashlib.sha256(flat.numpy().tobytes()).hexdigest()
    if flat.numel() <= 2 * LONG:
        return {"values": flat.tolist(), "sha256": data}
    whole = {"sum": flat.double().sum().item(), "sumOfSquares": flat.double().square().sum().item()}
    return {"head": flat[:LONG].tolist(), "tail": flat[-LONG:].tolist(), **whole, "sha256": data}


def draws(seed):
    g = torch.Generator("cpu").manual_seed(seed)
    steps = []
    keep = lambda name, values, **how: steps.append({"draw": name, **how, **packed(values)})
    for size in SIZES:
        keep("randn", torch.randn(size, generator=g), count=size)
    for size in SIZES:
        keep("rand", torch.rand(size, generator=g), count=size)
    for low, high, count in [(0, 1000, 4), (0, 5, 7), (-3, 4, 20), (0, 1, 2), (0, 2**31 - 1, 5)]:
        keep("randint", torch.randint(low, high, (count,), generator=g), low=low, high=high, count=count)
    for n in [1, 2, 5, 100, 1000]:
        keep("randperm", torch.randperm(n, generator=g), n=n)
    for _ in range(3):
        value = torch.empty((), dtype=torch.int64).random_(generator=g)
        steps.append({"draw": "randomInt64", "value": str(value.item())})
    keep("uniform", torch.empty(21).uniform_(-0.25, 0.75, generator=g), low=-0.25, high=0.75, count=21)
    keep("randn", torch.randn((1, 1, 1, 1), generator=g), count=1)  # leaves a cached second normal behind ...
    keep("rand", torch.rand(3, generator=g), count=3)
    keep("randn", torch.randn(2, generator=g), count=2)  # ... which is used here
    keep("randn", torch.randn((1, 4, 8, 8), generator=g), count=256)
    keep("rand", torch.rand(20000, generator=g), count=20000)
    keep("randn", torch.randn((2, 4, 16, 16), generator=g), count=2048)
    keep("randn", torch.randn(3, generator=g), count=3)
    keep("randn", torch.randn(16, generator=g), count=16)  # the cached normal survives a block draw ...
    keep("randn", torch.randn(1, generator=g), count=1)
    return steps


def fresh(seed):
    """What a pipeline draws first: latents from a new generator, by number of values."""
    return {str(n): packed(torch.randn(shape, generator=torch.Generator("cpu").manual_seed(seed)))
            for n, shape in [(256, (1, 4, 8, 8)), (240, (1, 4, 10, 6)), (1024, (1, 4, 16, 16)), (16384, (1, 4, 64, 64))]}


def epochs(seed):
    """torch.manual_seed, then per epoch the loader's base seed, the sampler's seed and the order it gives (5 items, 3 epochs)."""
    torch.manual_seed(seed)
    loader = torch.utils.data.DataLoader(list(range(5)), batch_size=2, shuffle=True)
    orders = [[int(i) for batch in loader for i in batch] for _ in range(3)]
    return {"orders": orders, "next": packed(torch.randn(4))}


if __name__ == "__main__":
    torch.set_num_threads(1)
    lines = []
    for seed in SEEDS:
        steps = ",\n  ".join(json.dumps(step) for step in draws(seed))
        lines.append(f'{{"seed": "{seed}",\n "draws": [\n  {steps}\n ],\n "fresh": {json.dumps(fresh(seed))},\n "epochs": {json.dumps(epochs(seed))}}}')
    (HERE / "rng.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
