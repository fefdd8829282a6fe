"""Trains one recorded case with diffusers' script: python reference.py SCRIPT CASE SCRATCH

Leaves losses.jsonl and out/ in SCRATCH. Prints the options that `sweetspot train` takes for the same training (all but
--output_dir and, where the trainer makes the class pictures, --class_data_dir), as JSON.
"""

import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "test/golden/train-long"))
from record_long import BASE, CAPTIONS, CASES, GOLDEN, OURS, PATCHES, run  # noqa: E402


def our_options(case: str, scratch: Path) -> list[str]:
    options = [*CASES[case], *OURS.get(case, [])]
    if "CLASS" in options:
        at = options.index("CLASS")
        options[at - 1 : at + 1] = []
    if case == "captions":
        photos = scratch / "photos"
        shutil.copytree(GOLDEN / "train/photos/instance", photos)
        for name, caption in CAPTIONS.items():
            (photos / name).with_suffix(".txt").write_text(caption)
        options[options.index("train/photos/instance")] = str(photos)
    folders = [str(GOLDEN / option) if (GOLDEN / option).is_dir() else option for option in options]
    return folders


def main(script: Path, case: str, scratch: Path) -> None:
    run(case, script.read_text(), scratch)
    changed = "unchanged" if case not in PATCHES else "corrected" if case == "snr-prior" else "changed"
    print(json.dumps({"options": our_options(case, scratch), "base": str(GOLDEN / BASE[1]), "script": changed,
                      "generated": "CLASS" in CASES[case]}))


if __name__ == "__main__":
    if sys.argv[1] == "--list":
        print(json.dumps(list(CASES)))
    else:
        main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
