"""Runs diffusers' own textual_inversion.py on tiny pipelines and records its curve and embeddings.

python record.py DIFFUSERS_CHECKOUT [CASE ...]     (a git folder of huggingface/diffusers; the script is taken from its HEAD)
"""

import json
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent
SCRIPT = "examples/textual_inversion/textual_inversion.py"

sys.path.insert(0, str(GOLDEN / "train"))
from record import keep_first, rows, sorted_folders, torchvision_stand_in, upright_photos  # noqa: E402

PLAIN = ["--pretrained_model_name_or_path", "tiny-pipelines/plain", "--resolution", "32"]
PHOTOS = ["--train_data_dir", "train/photos/instance"]
STEPS = ["--max_train_steps", "100", "--save_steps", "50"]
CONSTANT = ["--lr_scheduler", "constant", "--lr_warmup_steps", "0"]
CASES = {
    "object": [*PLAIN, *PHOTOS, *STEPS, *CONSTANT, "--placeholder_token", "<moji>", "--initializer_token", "cat",
               "--learning_rate", "1e-2", "--train_batch_size", "1", "--repeats", "10", "--seed", "0"],
    "style": [*PLAIN, *PHOTOS, *STEPS, "--lr_scheduler", "linear", "--lr_warmup_steps", "5", "--placeholder_token", "<Moji-Art>",
              "--initializer_token", "photo", "--num_vectors", "2", "--learnable_property", "style", "--center_crop",
              "--learning_rate", "2e-2", "--train_batch_size", "2", "--repeats", "3", "--seed", "7"],
    "accumulated": [*PLAIN, *PHOTOS, *STEPS, "--lr_scheduler", "cosine_with_restarts", "--lr_warmup_steps", "3",
                    "--lr_num_cycles", "2", "--placeholder_token", "mojimoji", "--initializer_token", "cat", "--scale_lr",
                    "--learning_rate", "2e-3", "--train_batch_size", "2", "--gradient_accumulation_steps", "2", "--repeats", "2",
                    "--adam_beta1", "0.8", "--adam_beta2", "0.99", "--adam_weight_decay", "0.1", "--adam_epsilon", "1e-6",
                    "--seed", "4"],
    "velocity": ["--pretrained_model_name_or_path", "tiny-pipelines/sd2", "--resolution", "16", *PHOTOS, *STEPS, *CONSTANT,
                 "--placeholder_token", "<cat-toy>", "--initializer_token", "photo", "--num_vectors", "3", "--learning_rate", "1e-2",
                 "--train_batch_size", "3", "--repeats", "100", "--seed", "4123456789"],
}


def prepare_script():
    """Around the script, not in it: stand-ins, folders in byte order; gives the list that its log calls go to."""
    import accelerate
    import diffusers  # noqa: F401  (before the stand-in: it looks for torchvision's version)
    import transformers
    from diffusers import AutoencoderKL, DDPMScheduler, DiffusionPipeline, StableDiffusionPipeline, UNet2DConditionModel  # noqa: F401
    from transformers import CLIPTextModel, CLIPTokenizer  # noqa: F401

    if not transformers.utils.is_torchvision_available():
        torchvision_stand_in()
    upright_photos()
    sorted_folders()
    lines = []
    accelerate.Accelerator.log = lambda self, values, step=None, **_: lines.append({"step": step, **values})
    return lines


def run_case(case, script, scratch):
    """In a process of its own."""
    os.chdir(GOLDEN)
    import torch

    torch.set_num_threads(1)
    lines = prepare_script()
    sys.argv = [SCRIPT, *CASES[case], "--output_dir", str(scratch / "out")]
    runpy.run_path(str(script), run_name="__main__")
    (scratch / "lines.json").write_text(json.dumps(lines))


def embeddings(path):
    from safetensors.torch import load_file

    return {token: tensor.tolist() for token, tensor in load_file(path).items()}


def record(case, script):
    scratch = Path(tempfile.mkdtemp(prefix=f"textual-inversion-{case}-"))
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, str(HERE / "record.py"), "--case", case, str(script), str(scratch)]
    subprocess.run(command, env=environment, check=True, cwd=scratch)
    folder = HERE / case
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    lines = json.loads((scratch / "lines.json").read_text())
    losses = keep_first(lines)
    (folder / "losses.json").write_text(rows(losses))
    (folder / "options.json").write_text(json.dumps(CASES[case], indent=1) + "\n")
    learned = {
        "50": embeddings(scratch / "out/learned_embeds-steps-50.safetensors"),
        "100": embeddings(scratch / "out/learned_embeds.safetensors"),
    }
    (folder / "embeddings.json").write_text(json.dumps(learned) + "\n")
    shutil.rmtree(scratch)
    print(case, len(lines), "lines,", len(losses), "steps, loss", losses[0]["loss"], "->", losses[-1]["loss"], flush=True)


def main(checkout, cases):
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "textual_inversion.py"
        text = subprocess.run(["git", "-C", checkout, "show", f"HEAD:{SCRIPT}"], check=True, capture_output=True).stdout
        script.write_bytes(text)
        for case in cases or CASES:
            record(case, script)


if __name__ == "__main__":
    if sys.argv[1] == "--case":
        run_case(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main(sys.argv[1], sys.argv[2:])
