"""Compares pipelines saved by savePipeline with the recorded ones they came from, in diffusers: see README.md here."""
import pathlib
import sys

import torch
from diffusers import StableDiffusionPipeline

saved = pathlib.Path(sys.argv[1])
golden = pathlib.Path(__file__).parents[2] / 'golden' / 'tiny-pipelines'
torch.set_num_threads(1)


def picture(pipe):
    generator = torch.Generator('cpu').manual_seed(0)
    return pipe('a photo of a cat', num_inference_steps=3, generator=generator, output_type='np').images


for name in ('plain', 'sd2', 'old-names', 'sharded'):
    variant = 'fp16' if name == 'old-names' else None
    theirs = StableDiffusionPipeline.from_pretrained(golden / name, variant=variant, torch_dtype=torch.float32)
    ours = StableDiffusionPipeline.from_pretrained(saved / name)
    for part in ('unet', 'vae', 'text_encoder'):
        a, b = getattr(theirs, part).state_dict(), getattr(ours, part).state_dict()
        assert a.keys() == b.keys(), (name, part)
        for key in a:
            assert torch.equal(a[key], b[key]), (name, part, key)
    assert (picture(theirs) == picture(ours)).all(), name
    print(name, 'equal')
