"""How far two textual inversions ended apart: python compare_embeddings.py REFERENCE OURS -> JSON

`difference`: worst L2 distance of a vector, relative to the reference's length.
"""

import json
import math
import sys
from pathlib import Path

from safetensors.torch import load_file

FILE = "learned_embeds.safetensors"


def main(reference: Path, ours: Path) -> dict:
    (token, expected), *_ = load_file(reference / FILE).items()
    found = load_file(ours / FILE)[token]
    if expected.shape != found.shape:
        raise SystemExit(f"{token}: {tuple(found.shape)} in place of {tuple(expected.shape)}")
    apart = (found.double() - expected.double()).norm(dim=1) / expected.double().norm(dim=1)
    worst = apart.max().item()
    if not math.isfinite(worst):
        raise SystemExit(f"{token}: not a number")
    return {"difference": worst, "tensor": token}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
