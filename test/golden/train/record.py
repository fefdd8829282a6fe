"""Runs diffusers' own train_dreambooth.py on tiny pipelines and records its curve and weights.

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
SCRIPT = "examples/dreambooth/train_dreambooth.py"

PLAIN = ["--pretrained_model_name_or_path", "tiny-pipelines/plain", "--resolution", "32"]
PHOTOS = ["--instance_data_dir", "train/photos/instance", "--instance_prompt", "a photo of a moji cat"]
CONSTANT = ["--lr_scheduler", "constant", "--lr_warmup_steps", "0"]
STEPS = ["--max_train_steps", "50"]
CLASS_PROMPT = ["--with_prior_preservation", "--class_prompt", "a photo of a cat"]
CASES = {
    "plain": [*PLAIN, *PHOTOS, *STEPS, *CONSTANT, "--center_crop", "--learning_rate", "1e-3", "--train_batch_size", "1",
              "--seed", "0"],
    "random-crop": [*PLAIN, *PHOTOS, *STEPS, "--lr_scheduler", "linear", "--lr_warmup_steps", "5", "--learning_rate", "1e-3",
                    "--train_batch_size", "2", "--seed", "7"],
    "prior": [*PLAIN, *PHOTOS, *STEPS, *CONSTANT, *CLASS_PROMPT, "--class_data_dir", "train/photos/class",
              "--num_class_images", "6", "--prior_loss_weight", "0.7", "--learning_rate", "1e-3", "--train_batch_size", "2",
              "--seed", "1"],
    "text-encoder": [*PLAIN, *PHOTOS, *STEPS, *CONSTANT, "--train_text_encoder", "--gradient_accumulation_steps", "2",
                     "--learning_rate", "1e-3", "--train_batch_size", "1", "--seed", "2"],
    "v-offset": ["--pretrained_model_name_or_path", "tiny-pipelines/sd2", "--resolution", "16", *PHOTOS, *STEPS, *CONSTANT,
                 "--offset_noise", "--learning_rate", "1e-3", "--train_batch_size", "1", "--seed", "3"],
    "snr": [*PLAIN, *PHOTOS, *STEPS, "--lr_scheduler", "cosine", "--lr_warmup_steps", "3", "--snr_gamma", "5.0",
            "--scale_lr", "--learning_rate", "5e-4", "--train_batch_size", "2", "--max_grad_norm", "0.5",
            "--adam_weight_decay", "0.1", "--adam_beta2", "0.99", "--seed", "4"],
    "prior-generated": [*PLAIN, *PHOTOS, "--max_train_steps", "10", *CONSTANT, *CLASS_PROMPT, "--num_class_images", "4",
                        "--sample_batch_size", "3", "--learning_rate", "1e-3", "--train_batch_size", "1", "--seed", "5"],
}
SAMPLED = {
    "unet": ["conv_in.weight", "time_embedding.linear_1.weight", "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight",
             "mid_block.resnets.1.norm1.weight", "up_blocks.1.resnets.0.conv1.weight", "conv_out.bias"],
    "text_encoder": ["text_model.embeddings.token_embedding.weight", "text_model.embeddings.position_embedding.weight",
                     "text_model.encoder.layers.0.self_attn.q_proj.weight", "text_model.final_layer_norm.weight"],
}


def torchvision_stand_in():
    """The transforms the scripts use, on PIL images, drawing what torchvision draws."""
    import types

    import numpy as np
    import torch
    from PIL import Image

    class Compose:
        def __init__(self, steps):
            self.steps = steps

        def __call__(self, image):
            for step in self.steps:
                image = step(image)
            return image

    class Resize:
        def __init__(self, size, interpolation):
            self.size, self.interpolation = size, interpolation

        def __call__(self, image):
            width, height = image.size
            short, long = min(width, height), max(width, height)
            if short == self.size:
                return image
            other = int(self.size * long / short)
            size = (self.size, other) if width <= height else (other, self.size)
            return image.resize(size, self.interpolation)

    class CenterCrop:
        def __init__(self, size):
            self.size = size

        def __call__(self, image):
            left, top = (int(round((side - self.size) / 2.0)) for side in image.size)
            return image.crop((left, top, left + self.size, top + self.size))

    class RandomCrop:
        def __init__(self, size):
            self.size = size

        def __call__(self, image):
            width, height = image.size
            if width == self.size and height == self.size:
                return image
            top = torch.randint(0, height - self.size + 1, size=(1,)).item()
            left = torch.randint(0, width - self.size + 1, size=(1,)).item()
            return image.crop((left, top, left + self.size, top + self.size))

    class RandomHorizontalFlip:
        def __init__(self, p):
            self.p = p

        def __call__(self, image):
            if torch.rand(1) < self.p:
                return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            return image

    class ToTensor:
        def __call__(self, image):
            return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous().to(torch.float32).div(255)

    class Normalize:
        def __init__(self, mean, std):
            self.mean, self.std = mean[0], std[0]

        def __call__(self, tensor):
            return tensor.sub(self.mean).div(self.std)

    transforms = types.ModuleType("torchvision.transforms")
    transforms.InterpolationMode = types.SimpleNamespace(BILINEAR=Image.Resampling.BILINEAR)
    for made in (Compose, Resize, CenterCrop, RandomCrop, RandomHorizontalFlip, ToTensor, Normalize):
        setattr(transforms, made.__name__, made)
    torchvision = types.ModuleType("torchvision")
    torchvision.transforms = transforms
    sys.modules["torchvision"] = torchvision
    sys.modules["torchvision.transforms"] = transforms


def upright_photos():
    """For textual_inversion.py, the one script that does not turn photos as their EXIF says; there we differ on purpose."""
    from PIL import Image, ImageOps

    opened = Image.open
    Image.open = lambda *args, **kwargs: ImageOps.exif_transpose(opened(*args, **kwargs))


def sorted_folders():
    """Folders in the order of their names' bytes, whichever way a script lists them."""
    listdir, iterdir = os.listdir, Path.iterdir
    os.listdir = lambda path=".": sorted(listdir(path), key=os.fsencode)
    Path.iterdir = lambda self: iter(sorted(iterdir(self), key=lambda path: os.fsencode(path.name)))


def run_case(case, script, scratch):
    """In a process of its own: the script as it is, with its log calls kept and folders read in byte order."""
    os.chdir(GOLDEN)
    import accelerate
    import diffusers
    import torch
    import transformers
    from diffusers import AutoencoderKL, DDPMScheduler, DiffusionPipeline, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import AutoTokenizer, CLIPTextModel

    transformers.utils.is_torchvision_available()
    torch.set_num_threads(1)
    torchvision_stand_in()
    sorted_folders()
    lines = []
    accelerate.Accelerator.log = lambda self, values, step=None, **_: lines.append({"step": step, **values})
    output = scratch / "out"
    options = ["--output_dir", str(output)]
    if case == "prior-generated":
        options += ["--class_data_dir", str(scratch / "class")]
    sys.argv = [SCRIPT, *CASES[case], *options]
    runpy.run_path(str(script), run_name="__main__")
    (scratch / "lines.json").write_text(json.dumps(lines))


def keep_first(lines):
    """Per optimizer step its first line: the log of the micro-batch that made the update."""
    kept = {}
    for line in lines:
        if line["step"] > 0:
            kept.setdefault(line["step"], line)
    return [kept[step] for step in sorted(kept)]


def weights_summary(output, parts):
    from safetensors.torch import load_file

    summary = {}
    for part in parts:
        name = "diffusion_pytorch_model" if part == "unet" else "model"
        state = load_file(output / part / f"{name}.safetensors")
        if part == "text_encoder":
            state = {n if n.startswith("text_model.") else f"text_model.{n}": t for n, t in state.items()}
        summary[part] = {
            "first64": {n: state[n].flatten()[:64].tolist() for n in SAMPLED[part]},
            "norms": {n: state[n].double().norm().item() for n in sorted(state)},
        }
    return summary


def rows(items):
    return "[\n" + ",\n".join(json.dumps(item) for item in items) + "\n]\n"


def record(case, script):
    scratch = Path(tempfile.mkdtemp(prefix=f"train-{case}-"))
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
    parts = ["unet", "text_encoder"] if "--train_text_encoder" in CASES[case] else ["unet"]
    (folder / "weights.json").write_text(json.dumps(weights_summary(scratch / "out", parts)) + "\n")
    if case == "prior-generated":
        shutil.copytree(scratch / "class", folder / "class")
    shutil.rmtree(scratch)
    print(case, len(lines), "lines,", len(losses), "steps, loss", losses[0]["loss"], "->", losses[-1]["loss"], flush=True)


def main(checkout, cases):
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "train_dreambooth.py"
        text = subprocess.run(["git", "-C", checkout, "show", f"HEAD:{SCRIPT}"], check=True, capture_output=True).stdout
        script.write_bytes(text)
        for case in cases or CASES:
            record(case, script)


if __name__ == "__main__":
    if sys.argv[1] == "--case":
        run_case(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main(sys.argv[1], sys.argv[2:])
