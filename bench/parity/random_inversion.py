"""Random options for textual_inversion.py, as it takes them."""

import random
from pathlib import Path

from random_photos import make_photos
from random_training import LR_SCHEDULERS


def random_inversion(rng: random.Random, name: str, scratch: Path, model: dict, steps: int) -> dict:
    """`options` holds everything but --output_dir."""
    folder = scratch / name / "photos"
    photos = make_photos(rng, folder, rng.randint(2, 6))
    batch, accumulation, vectors = rng.randint(1, 3), rng.choice([1, 1, 2, 3]), rng.choice([1, 1, 2, 3])
    resolution = model["factor"] * rng.randint(5, 10)
    schedule = rng.choice(LR_SCHEDULERS)
    rate = float(f"{10 ** rng.uniform(-3.5, -1.7):.2g}")
    style = rng.random() < 0.3
    # diffusers' pipelines do not find the vectors after the first of a word with capitals; ours do
    placeholder = rng.choice(["<moji>", "<my cat>" if vectors > 1 else "<My Cat>", "mojimoji", "<猫>"])
    options = [
        "--pretrained_model_name_or_path", model["folder"], "--train_data_dir", str(folder), "--resolution", str(resolution),
        "--placeholder_token", placeholder, "--initializer_token", rng.choice("abcdefgh"), "--num_vectors", str(vectors),
        "--learnable_property", "style" if style else "object", "--repeats", str(rng.choice([1, 2, 7, 100])),
        "--max_train_steps", str(steps), "--save_steps", str(rng.choice([7, 1000])),
        "--train_batch_size", str(batch), "--gradient_accumulation_steps", str(accumulation),
        "--lr_scheduler", schedule, "--lr_warmup_steps", str(rng.choice([0, 3, 10])), "--learning_rate", str(rate),
        "--seed", str(rng.randrange(2**32)), "--save_as_full_pipeline",
    ]
    features = [f"{len(photos)} photos", f"{resolution}px", f"batch {batch}x{accumulation}", f"{vectors} vectors", f"{schedule} {rate:g}"]
    if style:
        features.append("style")
    for option, chance, brief in [("center_crop", 0.4, "centre crop"), ("scale_lr", 0.2, "scaled lr")]:
        if rng.random() < chance:
            options.append(f"--{option}")
            features.append(brief)
    if schedule == "cosine_with_restarts":
        options += ["--lr_num_cycles", str(rng.randint(1, 3))]
    if rng.random() < 0.5:
        options += ["--adam_beta1", "0.85", "--adam_beta2", "0.99", "--adam_weight_decay", "0.1", "--adam_epsilon", "1e-7"]
        features.append("own Adam")
    return {"name": name, "model": model["brief"], "base": model["folder"], "brief": ", ".join(features), "photos": photos, "options": options,
            "placeholder": placeholder, "prior": False, "classDir": None, "steps": steps}
