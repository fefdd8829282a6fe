"""Draws random folders, photos and settings: python make_cases.py SEED SCRATCH KINDS COUNT STEPS > cases.json"""

import json
import os
import platform
import random
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import accelerate
import diffusers
import PIL
import torch
import transformers

from random_folder import make_folder, random_prompt
from random_scheduler import SCHEDULERS
from random_inversion import random_inversion
from random_training import random_training


def random_picture(rng: random.Random, model: dict, scheduler: str) -> dict:
    side = model["side"]
    own_size = rng.random() < 0.4 and side % 8 == 0  # diffusers refuses sides that 8 does not divide, whatever the VAE
    size = (side, side) if own_size else tuple(8 * rng.randint(2 if model["factor"] < 8 else 4, 9) for _ in range(2))
    return {
        "model": model["brief"], "folder": model["folder"], "scheduler": scheduler, "steps": rng.randint(2, 14),
        "guidance": rng.choice([7.5, 7.5, 1.0, round(rng.uniform(1.1, 12), 1)]), "prompt": random_prompt(rng),
        "negative": rng.choice(["", random_prompt(rng)]), "seed": rng.choice([rng.randrange(100), rng.randrange(2**32)]),
        "count": rng.choice([1, 1, 2, 3]), "width": size[0], "height": size[1], "ownSize": own_size,
    }


def main(seed: int, scratch: Path, kinds: list[str], count: int, steps: int) -> dict:
    torch.set_num_threads(1)
    pictures, trainings, inversions = [], [], []
    for k in range(count):
        # a generator per case: the same seed makes the same case whatever else is asked for
        if "sample" in kinds:
            rng = random.Random(f"{seed} sample {k}")
            model = make_folder(rng, scratch / f"sample-{k}" / "model", for_training=False)
            for scheduler in SCHEDULERS:
                pictures.append({"name": f"sample-{k} {scheduler}", **random_picture(rng, model, scheduler)})
        if "train" in kinds:
            rng = random.Random(f"{seed} train {k}")
            model = make_folder(rng, scratch / f"train-{k}" / "model", for_training=True)
            training = random_training(rng, f"train-{k}", scratch, model, steps)
            trainings.append({**training, "picture": random_picture(rng, model, rng.choice(list(SCHEDULERS)))})
        if "invert" in kinds:
            rng = random.Random(f"{seed} invert {k}")
            model = make_folder(rng, scratch / f"invert-{k}" / "model", for_training=True)
            inversion = random_inversion(rng, f"invert-{k}", scratch, model, steps)
            picture = random_picture(rng, model, rng.choice(list(SCHEDULERS)))
            inversions.append({**inversion, "picture": {**picture, "prompt": f"a photo of {inversion['placeholder']}"}})
    versions = {
        "python": platform.python_version(), "torch": torch.__version__, "diffusers": diffusers.__version__,
        "transformers": transformers.__version__, "accelerate": accelerate.__version__, "Pillow": PIL.__version__,
    }
    return {"seed": seed, "versions": versions, "pictures": pictures, "trainings": trainings, "inversions": inversions}


if __name__ == "__main__":
    cases = main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split(","), int(sys.argv[4]), int(sys.argv[5]))
    (Path(sys.argv[2]) / "cases.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False), "utf-8")
