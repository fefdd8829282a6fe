"""Runs diffusers' train_dreambooth.py for 100 steps a case and records its curve and a sample of its weights.

python record_long.py DIFFUSERS_CHECKOUT [CASE ...]     (a git folder of huggingface/diffusers; the script is taken from its HEAD)

Cases without an entry in PATCHES run the script as it is. Where the script has no such option, or a bug, PATCHES says
what was changed in its text: that is then the reference.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent
RUN_SCRIPT = GOLDEN.parents[1] / "bench/parity/run_script.py"
sys.path.insert(0, str(GOLDEN / "train"))
from record import SAMPLED, SCRIPT  # noqa: E402

BASE = ["--pretrained_model_name_or_path", "tiny-pipelines/plain", "--resolution", "16", "--max_train_steps", "100",
        "--learning_rate", "1e-3", "--train_batch_size", "2"]
PHOTOS = ["--instance_data_dir", "train/photos/instance", "--instance_prompt", "a photo of a moji cat"]
PRIOR = ["--with_prior_preservation", "--class_prompt", "a photo of a cat"]
CLASS = [*PRIOR, "--class_data_dir", "train/photos/class"]
CONSTANT = ["--lr_scheduler", "constant"]
CASES = {
    "warmup-adam": [*BASE, *PHOTOS, "--lr_scheduler", "constant_with_warmup", "--lr_warmup_steps", "10", "--adam_beta1", "0.8",
                    "--adam_beta2", "0.95", "--adam_weight_decay", "0.1", "--adam_epsilon", "1e-6", "--seed", "11"],
    "linear-clip": [*BASE, *PHOTOS, "--lr_scheduler", "linear", "--lr_warmup_steps", "10", "--max_grad_norm", "0.05",
                    "--seed", "12"],
    "cosine-snr": [*BASE, *PHOTOS, "--lr_scheduler", "cosine", "--lr_warmup_steps", "10", "--snr_gamma", "5", "--seed", "13"],
    "restarts-partial": [*BASE, *PHOTOS, "--lr_scheduler", "cosine_with_restarts", "--lr_num_cycles", "3", "--lr_warmup_steps",
                         "10", "--gradient_accumulation_steps", "2", "--seed", "14"],
    "polynomial-more-class": [*BASE, *PHOTOS, *CLASS, "--num_class_images", "7", "--lr_scheduler", "polynomial", "--lr_power",
                              "2", "--lr_warmup_steps", "10", "--seed", "15"],
    "fewer-class": [*BASE, *PHOTOS, *CLASS, "--num_class_images", "3", "--prior_loss_weight", "0.5", *CONSTANT, "--seed", "16"],
    "snr-prior": [*BASE, *PHOTOS, *CLASS, "--num_class_images", "6", "--snr_gamma", "5", *CONSTANT, "--seed", "17"],
    "generated": [*BASE, *PHOTOS, *PRIOR, "--class_data_dir", "CLASS", "--num_class_images", "4", "--sample_batch_size", "3",
                  *CONSTANT, "--seed", "18"],
    "text-encoder-rate": [*BASE, *PHOTOS, "--train_text_encoder", "--lr_scheduler", "linear", "--lr_warmup_steps", "10",
                          "--seed", "19"],
    "captions": [*BASE, *PHOTOS, *CONSTANT, "--train_text_encoder", "--learning_rate", "2e-4", "--seed", "20"],
    "ema": [*BASE, *PHOTOS, *CONSTANT, "--gradient_accumulation_steps", "2", "--seed", "21"],
}

#: Our options that stand for what PATCHES changes in the script.
OURS = {
    "text-encoder-rate": ["--text_encoder_learning_rate", "2e-4"],
    "captions": ["--caption_extension", "txt"],
    "ema": ["--use_ema", "--ema_decay", "0.95"],
}

PATCHES = {
    # The weights of all timesteps against the loss of the instances alone: the fix is that of the SDXL script.
    "snr-prior": [
        ("snr = compute_snr(noise_scheduler, timesteps)",
         "timesteps = timesteps.chunk(2)[0]; snr = compute_snr(noise_scheduler, timesteps)"),
    ],
    "text-encoder-rate": [
        ("itertools.chain(unet.parameters(), text_encoder.parameters()) if args.train_text_encoder else unet.parameters()\n    )\n    optimizer",
         "[{'params': unet.parameters()}, {'params': text_encoder.parameters(), 'lr': 2e-4}]\n    )\n    optimizer"),
    ],
    # The script reads captions.json; ours are files beside the photos.
    "captions": [
        ("self.tokenizer, self.instance_prompt, tokenizer_max_length",
         "self.tokenizer, __import__('builtins').CAPTIONS[self.instance_images_path[index % self.num_instance_images].name],"
         " tokenizer_max_length"),
    ],
    "ema": [
        ("    if args.pre_compute_text_embeddings:\n\n        def",
         "    from diffusers.training_utils import EMAModel\n    ema = EMAModel(unet.parameters(), decay=0.95)\n\n"
         "    if args.pre_compute_text_embeddings:\n\n        def"),
        ("                progress_bar.update(1)\n", "                progress_bar.update(1)\n                ema.step(unet.parameters())\n"),
        ("    accelerator.wait_for_everyone()\n", "    accelerator.wait_for_everyone()\n    ema.copy_to(unet.parameters())\n"),
    ],
}

#: Captions by the photo's name.
CAPTIONS = json.loads((HERE / "captions.json").read_text())


def patched(script, case):
    for old, new in PATCHES.get(case, []):
        if script.count(old) != 1:
            raise SystemExit(f"{case}: the script has changed: {old!r} is there {script.count(old)} times")
        script = script.replace(old, new)
    if case == "captions":
        script = f"import builtins\nbuiltins.CAPTIONS = {CAPTIONS!r}\n{script}"
    return script


def rows(items):
    return "[\n" + ",\n".join(json.dumps(item) for item in items) + "\n]\n"


def weights_summary(output, case):
    from safetensors.torch import load_file

    summary = {}
    for part in ["unet", "text_encoder"] if "--train_text_encoder" in CASES[case] else ["unet"]:
        name = "diffusion_pytorch_model" if part == "unet" else "model"
        state = load_file(output / part / f"{name}.safetensors")
        if part == "text_encoder":
            state = {n if n.startswith("text_model.") else f"text_model.{n}": t for n, t in state.items()}
        summary[part] = {
            "first16": {n: [float(f"{v:.9g}") for v in state[n].flatten()[:16].tolist()] for n in SAMPLED[part]},
            "norms": [float(f"{state[n].double().norm().item():.9g}") for n in sorted(state)],
        }
    return summary


def run(case, text, scratch):
    """Trains with the script: losses.jsonl, out/ and perhaps class/ in the scratch folder."""
    script = scratch / "train_dreambooth.py"
    script.write_text(patched(text, case))
    options = [str(scratch / "class") if option == "CLASS" else option for option in CASES[case]]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, str(RUN_SCRIPT), str(script), str(scratch / "losses.jsonl"), "mkldnn", *options,
               "--output_dir", str(scratch / "out")]
    subprocess.run(command, env=environment, check=True, cwd=GOLDEN)


def record(case, text):
    scratch = Path(tempfile.mkdtemp(prefix=f"train-{case}-"))
    run(case, text, scratch)
    folder = HERE / case
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    losses = [json.loads(line) for line in (scratch / "losses.jsonl").read_text().splitlines()]
    (folder / "losses.json").write_text(rows([[line["step"], line["loss"], line["lr"]] for line in losses]))
    (folder / "options.json").write_text(json.dumps([*CASES[case], *OURS.get(case, [])], indent=1) + "\n")
    (folder / "weights.json").write_text(json.dumps(weights_summary(scratch / "out", case)) + "\n")
    if case == "generated":
        (folder / "class.json").write_text(rows(sorted(path.name for path in (scratch / "class").iterdir())))
    shutil.rmtree(scratch)
    print(case, len(losses), "steps, loss", losses[0]["loss"], "->", losses[-1]["loss"], flush=True)


def main(checkout, cases):
    shown = subprocess.run(["git", "-C", checkout, "show", f"HEAD:{SCRIPT}"], check=True, capture_output=True)
    for case in cases or CASES:
        record(case, shown.stdout.decode())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
