"""The loop's pictures: python sample_trials.py THREADS SETTINGS FOLDER...   One process, one batch of pictures a trial."""

import json
import sys
import time
from pathlib import Path

import accelerate
import diffusers
import torch
import transformers
from diffusers import DDIMScheduler, StableDiffusionPipeline


def main(threads: int, settings: dict, folders: list[str]) -> None:
    torch.set_num_threads(threads)
    seconds = 0.0
    for folder in folders:
        pipe = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32, safety_checker=None)
        pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config)
        pipe.set_progress_bar_config(disable=True)
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in settings["seeds"]]
        start = time.perf_counter()
        images = pipe(
            settings["prompts"], num_inference_steps=settings["steps"], guidance_scale=settings["guidance"], generator=generators
        ).images
        for seed, image in zip(settings["seeds"], images, strict=True):
            image.save(Path(folder) / f"seed{seed}.png")
        seconds += time.perf_counter() - start
    versions = {module.__name__: module.__version__ for module in (torch, diffusers, transformers, accelerate)}
    print(json.dumps({"pictureSeconds": seconds, "versions": {**versions, "python": sys.version.split()[0]}}))


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:])
