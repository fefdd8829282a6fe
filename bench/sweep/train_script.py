"""One trial of the loop: python train_script.py SCRIPT THREADS OPTION...   (diffusers' unmodified train_dreambooth.py)

Around it, not in it: torchvision's five transforms are stood in for where torchvision is missing, and two clocks look on:
the updates are timed from what the script logs of each, the class pictures by their pipeline's calls. The last line
printed is a JSON object.
"""

import json
import runpy
import sys
import time
from pathlib import Path

import accelerate
import diffusers  # noqa: F401  (before the stand-in: it looks for torchvision's version)
import torch
import transformers
from diffusers import AutoencoderKL, DDPMScheduler, DiffusionPipeline, StableDiffusionPipeline, UNet2DConditionModel  # noqa: F401
from transformers import AutoTokenizer, CLIPTextModel  # noqa: F401

sys.path.insert(0, str(Path(__file__).parents[2] / "test/golden/train"))
from record import torchvision_stand_in  # noqa: E402


def main(script: str, threads: int, options: list[str]) -> None:
    torch.set_num_threads(threads)
    if not transformers.utils.is_torchvision_available():
        torchvision_stand_in()
    updates, class_seconds = [], 0.0
    accelerate.Accelerator.log = lambda self, values, step=None, **_: updates.append(time.perf_counter())
    call = StableDiffusionPipeline.__call__

    def timed(self, *args, **kwargs):
        nonlocal class_seconds
        start = time.perf_counter()
        try:
            return call(self, *args, **kwargs)
        finally:
            class_seconds += time.perf_counter() - start

    StableDiffusionPipeline.__call__ = timed
    sys.argv = [script, *options]
    runpy.run_path(script, run_name="__main__")
    # n updates have n - 1 gaps between their ends.
    per_update = (updates[-1] - updates[0]) / (len(updates) - 1)
    print(json.dumps({"stepSeconds": per_update * len(updates), "steps": len(updates), "classSeconds": class_seconds}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
