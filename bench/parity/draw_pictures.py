"""diffusers' pictures: reads a JSON list of picture cases from stdin, each with `folder` and `output`; writes 0.png, 1.png ...

Prints one JSON line a case: {} or {"error": what diffusers said}.
"""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from diffusers import StableDiffusionPipeline

from random_scheduler import SCHEDULERS


def draw(case: dict) -> None:
    pipe = StableDiffusionPipeline.from_pretrained(case["folder"], torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    pipe.scheduler = SCHEDULERS[case["scheduler"]].from_config(pipe.scheduler.config)
    seeds = [case["seed"] + k for k in range(case["count"])]
    size = {} if case["ownSize"] else {"width": case["width"], "height": case["height"]}
    images = pipe(
        [case["prompt"]] * case["count"], negative_prompt=[case["negative"]] * case["count"] if case["negative"] else None,
        num_inference_steps=case["steps"], guidance_scale=case["guidance"],
        generator=[torch.Generator("cpu").manual_seed(seed) for seed in seeds], **size,
    ).images
    output = Path(case["output"])
    output.mkdir(parents=True)
    for k, image in enumerate(images):
        image.save(output / f"{k}.png")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for case in json.load(sys.stdin):
        try:
            draw(case)
            print("{}", flush=True)
        except Exception as error:  # some random settings are refused: that is an answer, too
            print(json.dumps({"error": f"{type(error).__name__}: {error}".splitlines()[0]}), flush=True)
