"""Runs diffusers' unmodified train_dreambooth.py or textual_inversion.py: python run_script.py SCRIPT LOSSES.jsonl KERNELS OPTION...

Around it, not in it: torchvision's transforms are stood in for where torchvision is missing, folders are read in
the order of their names' bytes, photos for textual_inversion.py are turned as EXIF says (it is the one script that does not),
and what the script logs is kept. KERNELS is `mkldnn` or `plain`: the same maths rounded
differently, to learn how far rounding carries.
"""

import json
import os
import runpy
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import accelerate
import diffusers  # noqa: F401  (before the stand-in: it looks for torchvision's version)
import torch
import transformers
from diffusers import AutoencoderKL, DDPMScheduler, DiffusionPipeline, StableDiffusionPipeline, UNet2DConditionModel  # noqa: F401
from transformers import AutoTokenizer, CLIPTextModel, CLIPTokenizer  # noqa: F401

sys.path.insert(0, str(Path(__file__).parents[2] / "test/golden/train"))
from record import keep_first, sorted_folders, torchvision_stand_in, upright_photos  # noqa: E402


def main(script: str, losses: Path, kernels: str, options: list[str]) -> None:
    torch.set_num_threads(1)
    torch.backends.mkldnn.enabled = kernels == "mkldnn"
    if not transformers.utils.is_torchvision_available():
        torchvision_stand_in()
    sorted_folders()
    if Path(script).stem == "textual_inversion":
        upright_photos()
    lines = []
    accelerate.Accelerator.log = lambda self, values, step=None, **_: lines.append({"step": step, **values})
    sys.argv = [script, *options]
    runpy.run_path(script, run_name="__main__")
    losses.write_text("".join(f"{json.dumps(line)}\n" for line in keep_first(lines)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
