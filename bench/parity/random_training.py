"""Random options for train_dreambooth.py, as it takes them."""

import random
from pathlib import Path

from random_folder import random_prompt
from random_photos import make_photos

LR_SCHEDULERS = ["constant", "constant_with_warmup", "linear", "cosine", "cosine_with_restarts", "polynomial"]


def prior_options(rng: random.Random, folder: Path, features: list[str]) -> tuple[list[str], str | None]:
    """Own class pictures (more or fewer than wanted is fine), or a folder that the trainer fills itself."""
    wanted = rng.randint(2, 6)
    options = ["--with_prior_preservation", "--class_prompt", random_prompt(rng), "--num_class_images", str(wanted)]
    options += ["--prior_loss_weight", str(rng.choice([1.0, 0.5, 2.0]))]
    if rng.random() < 0.3:
        features.append(f"prior, {wanted} made")
        return [*options, "--sample_batch_size", str(rng.randint(1, 3))], None
    classes = folder / "class"
    there = wanted + rng.randint(0, 3)
    make_photos(rng, classes, there)
    features.append(f"prior {there} of {wanted}")
    return options, str(classes)


def random_training(rng: random.Random, name: str, scratch: Path, model: dict, steps: int) -> dict:
    """`options` holds everything but --output_dir and, where `classDir` is null, --class_data_dir of class pictures to make."""
    photos = make_photos(rng, scratch / name / "photos", rng.randint(2, 6))
    batch, accumulation = rng.randint(1, 3), rng.choice([1, 1, 2, 3])
    resolution = model["factor"] * rng.randint(5, 10)
    if rng.random() < 0.15:  # the VAE takes sides that its factor does not divide
        resolution += rng.randrange(model["factor"])
    features = [f"{len(photos)} photos", f"{resolution}px", f"batch {batch}x{accumulation}"]
    schedule = rng.choice(LR_SCHEDULERS)
    rate = float(f"{10 ** rng.uniform(-4.5, -2.7):.2g}")
    options = [
        "--pretrained_model_name_or_path", model["folder"], "--instance_data_dir", str(scratch / name / "photos"),
        "--instance_prompt", random_prompt(rng), "--resolution", str(resolution), "--max_train_steps", str(steps),
        "--train_batch_size", str(batch), "--gradient_accumulation_steps", str(accumulation),
        "--lr_scheduler", schedule, "--lr_warmup_steps", str(rng.choice([0, 3, 10])), "--learning_rate", str(rate),
        "--seed", str(rng.randrange(2**31)),
    ]
    features.append(f"{schedule} {rate:g}")

    def flag(option: str, chance: float, brief: str) -> bool:
        if rng.random() >= chance:
            return False
        options.append(f"--{option}")
        features.append(brief)
        return True

    flag("center_crop", 0.4, "centre crop")
    flag("train_text_encoder", 0.4, "text encoder")
    flag("offset_noise", 0.3, "offset noise")
    flag("scale_lr", 0.2, "scaled lr")
    flag("gradient_checkpointing", 0.1, "gradient checkpointing")
    flag("set_grads_to_none", 0.1, "grads to none")
    if schedule == "cosine_with_restarts":
        options += ["--lr_num_cycles", str(rng.randint(1, 3))]
    if schedule == "polynomial":
        options += ["--lr_power", str(rng.choice([0.5, 1, 2]))]
    if rng.random() < 0.5:
        options += ["--adam_beta1", "0.85", "--adam_beta2", "0.99", "--adam_weight_decay", "0.1", "--adam_epsilon", "1e-7"]
        features.append("own Adam")
    if rng.random() < 0.5:
        norm = rng.choice([0.05, 0.3, 5.0])
        options += ["--max_grad_norm", str(norm)]
        features.append(f"clip {norm}")
    classes: str | None = None
    prior = rng.random() < 0.4
    if prior:
        more, classes = prior_options(rng, scratch / name, features)
        options += more
    elif rng.random() < 0.4:  # together with prior preservation the script's weights do not fit its loss
        gamma = rng.choice([1.0, 5.0])
        options += ["--snr_gamma", str(gamma)]
        features.append(f"Min-SNR {gamma:g}")
    return {"name": name, "model": model["brief"], "base": model["folder"], "brief": ", ".join(features), "photos": photos, "options": options,
            "prior": prior, "classDir": classes, "steps": steps}
