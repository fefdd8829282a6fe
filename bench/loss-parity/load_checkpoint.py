"""Loads a checkpoint of ours with diffusers: python load_checkpoint.py CHECKPOINT (its unet/ and unet_ema/) -> JSON"""

import json
import sys
from pathlib import Path

from diffusers import UNet2DConditionModel
from diffusers.training_utils import EMAModel


def main(checkpoint: Path) -> None:
    unet = UNet2DConditionModel.from_pretrained(checkpoint, subfolder="unet")
    ema = EMAModel.from_pretrained(str(checkpoint / "unet_ema"), UNet2DConditionModel)
    apart = max((a - b).abs().max().item() for a, b in zip(unet.parameters(), ema.shadow_params))
    print(json.dumps({"step": ema.optimization_step, "decay": ema.decay, "apart": apart}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
