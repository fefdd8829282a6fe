"""Records diffusers' EMAModel over a walk of parameters: python record.py"""

import json
import random
from pathlib import Path

import torch
from diffusers.training_utils import EMAModel

CASES = {
    "defaults": {},
    "small decay": {"decay": 0.9},
    "late": {"decay": 0.99, "update_after_step": 5},
    "floor": {"min_decay": 0.5, "decay": 0.8},
    "warmup": {"use_ema_warmup": True},
    "warmup of its own": {"use_ema_warmup": True, "inv_gamma": 2.5, "power": 0.75, "decay": 0.95},
}
STEPS = 30
SIZE = 7


def main() -> None:
    rng = random.Random(0)
    walk = [[rng.uniform(-2, 2) for _ in range(SIZE)] for _ in range(STEPS + 1)]
    cases = []
    for name, options in CASES.items():
        weights = torch.nn.Parameter(torch.tensor(walk[0]))
        ema = EMAModel([weights], **options)
        decays = []
        for values in walk[1:]:
            weights.data.copy_(torch.tensor(values))
            ema.step([weights])
            decays.append(ema.cur_decay_value)
        cases.append({"name": name, "options": options, "decays": decays, "shadow": ema.shadow_params[0].tolist()})
    rounded = [torch.tensor(values).tolist() for values in walk]
    text = json.dumps({"walk": rounded, "cases": cases}, indent=None, separators=(",", ":"))
    (Path(__file__).parent / "ema.json").write_text(text.replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    main()
