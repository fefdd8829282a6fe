"""Records the learning rates of diffusers.optimization.get_scheduler. Run: python record.py"""

import json
from pathlib import Path

import torch
from diffusers.optimization import get_scheduler

HERE = Path(__file__).parent
NAMES = ["constant", "constant_with_warmup", "linear", "cosine", "cosine_with_restarts", "polynomial"]
SETTINGS = [
    {"steps": 100, "warmup": 7, "cycles": 3, "power": 2.0, "lr": 1e-3},
    {"steps": 20, "warmup": 0, "cycles": 1, "power": 1.0, "lr": 5e-6},
    {"steps": 6, "warmup": 10, "cycles": 2, "power": 0.5, "lr": 2e-4},
]


def rates(name, steps, warmup, cycles, power, lr):
    """rates[k] is the rate the (k+1)-th update uses; recorded 10 past the horizon."""
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    schedule = get_scheduler(name, optimizer=optimizer, num_warmup_steps=warmup, num_training_steps=steps,
                             num_cycles=cycles, power=power)
    values = []
    for _ in range(steps + 10):
        values.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return values


if __name__ == "__main__":
    rows = [{"name": name, **setting, "rates": rates(name, **setting)} for name in NAMES for setting in SETTINGS]
    (HERE / "lr-schedules.json").write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
