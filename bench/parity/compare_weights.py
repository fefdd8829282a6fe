"""How far two trainings ended apart: python compare_weights.py BASE REFERENCE OURS PART... -> JSON

`difference`: worst relative L2 distance of a tensor. `ofMovement`: distance of all weights together, relative to how far
training moved them. Biases of attention keys are left out: softmax cancels them, their gradient is rounding noise, and
Adam makes steps of full size out of it, on each side its own.
"""

import json
import math
import sys
from pathlib import Path

from safetensors.torch import load_file


def state(folder: Path, part: str) -> dict:
    name = "model" if part == "text_encoder" else "diffusion_pytorch_model"
    tensors = load_file(folder / part / f"{name}.safetensors")
    return {key.removeprefix("text_model."): tensor.double() for key, tensor in tensors.items()}


def main(base: Path, reference: Path, ours: Path, parts: list[str]) -> dict:
    worst, tensor_name, distance, movement = 0.0, None, 0.0, 0.0
    for part in parts:
        start, expected, found = state(base, part), state(reference, part), state(ours, part)
        if expected.keys() != found.keys():
            raise SystemExit(f"{part}: other tensors: {sorted(expected.keys() ^ found.keys())[:4]}")
        for key, tensor in expected.items():
            if key.endswith("k_proj.bias"):
                continue
            apart = (found[key] - tensor).norm().item()
            relative = apart / max(tensor.norm().item(), 1e-12)
            if not math.isfinite(relative):
                raise SystemExit(f"{part} {key}: not a number")
            if relative > worst:
                worst, tensor_name = relative, f"{part} {key}"
            distance += apart**2
            movement += (tensor - start[key]).norm().item() ** 2
    of_movement = (distance / max(movement, 1e-24)) ** 0.5
    return {"difference": worst, "tensor": tensor_name, "ofMovement": of_movement}


if __name__ == "__main__":
    base, reference, ours, *parts = sys.argv[1:]
    print(json.dumps(main(Path(base), Path(reference), Path(ours), parts)))
