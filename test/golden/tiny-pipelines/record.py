"""Makes four tiny Stable Diffusion pipelines and records what diffusers computes with them. Run: python record.py"""

import json
import os
import shutil
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    LMSDiscreteScheduler,
    PNDMScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel

from make_tokenizer import write_tokenizer

HERE = Path(__file__).parent
SCHEDULERS = {
    "ddpm": DDPMScheduler,
    "ddim": DDIMScheduler,
    "pndm": PNDMScheduler,
    "lms": LMSDiscreteScheduler,
    "euler": EulerDiscreteScheduler,
    "dpm-solver-multistep": DPMSolverMultistepScheduler,
}
SD_BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000)
CROSS_DOWN, DOWN = "CrossAttnDownBlock2D", "DownBlock2D"
CROSS_UP, UP = "CrossAttnUpBlock2D", "UpBlock2D"

# Each: UNet, VAE and text-encoder arguments, scheduler config as written, tokenizer length and pad token.
SPECS = {
    "plain": dict(
        unet=dict(
            sample_size=8, block_out_channels=(8, 16, 16), layers_per_block=1, cross_attention_dim=16,
            down_block_types=(CROSS_DOWN, CROSS_DOWN, DOWN), up_block_types=(UP, CROSS_UP, CROSS_UP),
            attention_head_dim=2, norm_num_groups=4,
        ),
        vae=dict(levels=3, block_out_channels=(8, 8, 16), layers_per_block=1, norm_num_groups=4, sample_size=32),
        text=dict(hidden_size=16, intermediate_size=37, num_hidden_layers=2, num_attention_heads=4),
        scheduler={"_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", **SD_BETAS, "set_alpha_to_one": False,
                   "skip_prk_steps": True, "steps_offset": 1, "trained_betas": None, "clip_sample": False},
        length=77, pad="<|endoftext|>",
    ),
    "sd2": dict(
        unet=dict(
            sample_size=8, block_out_channels=(4, 8, 8), layers_per_block=1, cross_attention_dim=12,
            down_block_types=(CROSS_DOWN, CROSS_DOWN, DOWN), up_block_types=(UP, CROSS_UP, CROSS_UP),
            attention_head_dim=(1, 2, 4), norm_num_groups=2, use_linear_projection=True,
        ),
        vae=dict(levels=2, block_out_channels=(4, 8), layers_per_block=1, norm_num_groups=2, sample_size=16,
                 scaling_factor=0.3),
        text=dict(hidden_size=12, intermediate_size=24, num_hidden_layers=3, num_attention_heads=3, hidden_act="gelu"),
        scheduler=DDIMScheduler(**SD_BETAS, clip_sample=False, set_alpha_to_one=False, steps_offset=1,
                                prediction_type="v_prediction"),
        length=16, pad="!",
    ),
    "old-names": dict(
        unet=dict(sample_size=8, block_out_channels=(8, 8, 16, 16), cross_attention_dim=8, norm_num_groups=4),
        vae=dict(levels=2, block_out_channels=(4, 8), norm_num_groups=4, sample_size=16),
        text=dict(hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2),
        scheduler={"_class_name": "PNDMScheduler", "_diffusers_version": "0.2.2", **SD_BETAS, "skip_prk_steps": True,
                   "steps_offset": 1},
        length=16, pad="<|endoftext|>",
    ),
    "sharded": dict(
        unet=dict(
            sample_size=8, block_out_channels=(4, 8), layers_per_block=2, cross_attention_dim=8,
            down_block_types=(DOWN, CROSS_DOWN), up_block_types=(CROSS_UP, UP), attention_head_dim=4, norm_num_groups=2,
        ),
        vae=dict(levels=2, block_out_channels=(4, 8), layers_per_block=2, norm_num_groups=2, sample_size=16),
        text=dict(hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2),
        scheduler=PNDMScheduler(**SD_BETAS, skip_prk_steps=True, steps_offset=1, timestep_spacing="leading"),
        length=16, pad="<|endoftext|>",
    ),
}

CAT, DOG = "a photo of a moji cat", "A painting of a dog, on the grass!"
# pipeline, scheduler, steps, guidance, (prompt, seed) pairs, negative prompt, width, height (None: the model's own)
PICTURES = [
    ("plain", "pndm", 6, 7.5, [(CAT, 0)], None, None, None),
    ("plain", "ddim", 6, 7.5, [(CAT, 0)], None, None, None),
    ("plain", "ddpm", 6, 7.5, [(CAT, 0)], None, None, None),
    ("plain", "lms", 6, 7.5, [(CAT, 0)], None, None, None),
    ("plain", "euler", 6, 7.5, [(CAT, 0)], None, None, None),
    ("plain", "dpm-solver-multistep", 6, 7.5, [(CAT, 0)], None, None, None),
    ("plain", "pndm", 5, 7.5, [(CAT, 7)], "blurry, low quality", None, None),
    ("plain", "ddim", 5, 7.5, [(CAT, 7)], None, 24, 40),
    ("plain", "pndm", 5, 3.0, [(DOG, 1)], None, 40, 24),
    ("plain", "euler", 5, 7.5, [(CAT, 3), (DOG, 4)], "blurry", None, None),
    ("plain", "ddpm", 5, 7.5, [(CAT, 3), (DOG, 4)], None, None, None),
    ("plain", "dpm-solver-multistep", 16, 7.5, [(DOG, 2)], None, None, None),
    ("plain", "lms", 8, 1.0, [(DOG, 2)], None, None, None),
    ("plain", "pndm", 1, 7.5, [(DOG, 2)], None, None, None),
    ("sd2", "ddim", 6, 7.5, [(CAT, 0)], None, None, None),
    ("sd2", "dpm-solver-multistep", 6, 7.5, [(CAT, 1)], "blurry", None, None),
    ("sd2", "ddpm", 5, 4.0, [(DOG, 2)], None, None, None),
    ("sd2", "pndm", 6, 7.5, [(DOG, 2)], None, None, None),
    ("sd2", "euler", 6, 7.5, [(DOG, 2)], None, None, None),
    ("old-names", "pndm", 6, 7.5, [(CAT, 0)], None, None, None),
    ("old-names", "ddim", 6, 7.5, [(CAT, 0)], None, None, None),
    ("sharded", "pndm", 6, 7.5, [(CAT, 0)], None, None, None),
    ("sharded", "euler", 6, 7.5, [(CAT, 0)], None, 24, 16),
]


def shake_norms(model):
    """Norm layers start at 1 and 0, which would hide a swapped or missing one."""
    for module in model.modules():
        if isinstance(module, (torch.nn.GroupNorm, torch.nn.LayerNorm)):
            torch.nn.init.normal_(module.weight, 1.0, 0.25)
            torch.nn.init.normal_(module.bias, 0.0, 0.25)


def rescale(layer, rows, std, goal, mean=0.0):
    layer.weight[rows] *= goal / std
    layer.bias[rows] = layer.bias[rows] * (goal / std) + mean


@torch.no_grad()
def make_models(spec):
    torch.manual_seed(0)
    unet = UNet2DConditionModel(**spec["unet"])
    shake_norms(unet)
    for name, weight in unet.named_parameters():  # or time and prompt would hardly show in a picture
        if ".time_emb_proj.weight" in name or ".attn2.to_out.0.weight" in name or ".attn2.to_v.weight" in name:
            weight *= 4
        if ".to_q.weight" in name or ".to_k.weight" in name:
            weight *= 2
    vae_args = dict(spec["vae"])
    levels = vae_args.pop("levels")
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * levels, up_block_types=("UpDecoderBlock2D",) * levels, **vae_args
    )
    shake_norms(vae)
    vocab = spec["vocab"]
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=vocab, max_position_embeddings=spec["length"], bos_token_id=vocab - 2, eos_token_id=vocab - 1,
        pad_token_id=1, initializer_range=0.3, **spec["text"],
    ))
    shake_norms(text)
    text.get_input_embeddings().weight.normal_(0, 0.5)
    for model in (unet, vae, text):
        model.eval()
    # Bring outputs to the size they have in a real model, so that pictures are neither flat nor saturated.
    latents, context = torch.randn(8, 4, 8, 8), torch.randn(8, spec["length"], spec["unet"]["cross_attention_dim"])
    out = unet(latents, torch.linspace(1, 999, 8).long(), context).sample
    rescale(unet.conv_out, slice(0, 4), out.std(), 1.0)
    scaling = vae.config.scaling_factor
    pixels = torch.rand(4, 3, vae.config.sample_size, vae.config.sample_size) * 2 - 1
    moments = vae._encode(pixels)
    rescale(vae.quant_conv, slice(0, 4), moments[:, :4].std(), 1 / scaling)
    rescale(vae.quant_conv, slice(4, 8), moments[:, 4:].std(), 1.0, mean=-3.0)
    picture = vae.decode(latents / scaling).sample
    rescale(vae.decoder.conv_out, slice(0, 3), picture.std(), 0.4)
    return unet, vae, text


OLD_VAE = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def old_vae_name(name):
    for new, old in OLD_VAE.items():
        if f"attentions.0.{new}." in name:
            return name.replace(f"attentions.0.{new}.", f"attentions.0.{old}.")
    return name


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


def write_lines(path, value):
    """One top-level entry a line: readable differences without a line per number."""
    rows = [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False, allow_nan=False)}" for k, v in value.items()]
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")


def prefixed(state):
    return {n if n.startswith("text_model.") else f"text_model.{n}": t for n, t in state.items()}


def make_pipeline(name):
    spec, folder = SPECS[name], HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    spec["vocab"] = write_tokenizer(folder / "tokenizer", spec["length"], spec["pad"])
    unet, vae, text = make_models(spec)
    if isinstance(spec["scheduler"], dict):
        write_json(folder / "scheduler/scheduler_config.json", spec["scheduler"])
        scheduler_class = spec["scheduler"]["_class_name"]
    else:
        spec["scheduler"].save_pretrained(folder / "scheduler")
        scheduler_class = type(spec["scheduler"]).__name__
    if name == "sharded":
        for model in (unet, vae, text):
            model.to(torch.bfloat16)
        size = sum(t.numel() * 2 for t in unet.state_dict().values())
        unet.save_pretrained(folder / "unet", max_shard_size=int(size * 0.6))
        vae.save_pretrained(folder / "vae")
        text.save_pretrained(folder / "text_encoder")
    elif name == "old-names":
        write_old_folder(folder, spec, unet.half(), vae.half(), text.half())
    else:
        unet.save_pretrained(folder / "unet")
        vae.save_pretrained(folder / "vae")
        text.save_pretrained(folder / "text_encoder")
        path = folder / "text_encoder/model.safetensors"
        save_file(prefixed(load_file(path)), path, {"format": "pt"})
    index = {
        "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.6.0",
        "feature_extractor": [None, None], "safety_checker": [None, None],
        "scheduler": ["diffusers", scheduler_class], "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    if name == "sd2":
        index["requires_safety_checker"] = False
    write_json(folder / "model_index.json", index)


def write_old_folder(folder, spec, unet, vae, text):
    """As Stable Diffusion v1 was published: old key names, `.fp16` files, configs without later keys."""
    tag = {"_diffusers_version": "0.10.0"}  # for older UNets diffusers replaces a sample_size below 64
    write_json(folder / "unet/config.json", {"_class_name": "UNet2DConditionModel", **tag, **spec["unet"]})
    save_file(unet.state_dict(), folder / "unet/diffusion_pytorch_model.fp16.safetensors", {"format": "pt"})
    config = {k: v for k, v in spec["vae"].items() if k != "levels"}
    blocks = {"down_block_types": ["DownEncoderBlock2D"] * 2, "up_block_types": ["UpDecoderBlock2D"] * 2}
    write_json(folder / "vae/config.json", {"_class_name": "AutoencoderKL", **tag, **config, **blocks})
    vae_state = {old_vae_name(n): t for n, t in vae.state_dict().items()}
    save_file(vae_state, folder / "vae/diffusion_pytorch_model.fp16.safetensors", {"format": "pt"})
    text_config = {"_name_or_path": "somewhere/clip", "architectures": ["CLIPTextModel"], "model_type": "clip_text_model",
                   "vocab_size": spec["vocab"], "max_position_embeddings": spec["length"], **spec["text"],
                   "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1, "torch_dtype": "float16"}
    write_json(folder / "text_encoder/config.json", text_config)
    state = prefixed(text.state_dict())
    state["text_model.embeddings.position_ids"] = torch.arange(spec["length"]).unsqueeze(0)
    save_file({n: t.contiguous() for n, t in state.items()}, folder / "text_encoder/model.fp16.safetensors", {"format": "pt"})


def load_pipeline(name):
    variant = "fp16" if name == "old-names" else None
    pipe = StableDiffusionPipeline.from_pretrained(HERE / name, variant=variant, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@torch.no_grad()
def record_models(name, pipe):
    generator = torch.Generator("cpu").manual_seed(1)
    randn = lambda *shape: torch.randn(shape, generator=generator)
    unet, vae, text = pipe.unet, pipe.vae, pipe.text_encoder
    prompts = [CAT, "it's 12 naïve 猫 🐱 "]
    ids = pipe.tokenizer(prompts, padding="max_length", truncation=True, return_tensors="pt").input_ids
    hidden = text(ids).last_hidden_state
    timesteps = [981, 1]
    fractional = [750.25, 0.0]
    out = {"unet.context": randn(*hidden.shape), "unet.sample": randn(2, 4, 8, 8), "unet.sampleOdd": randn(2, 4, 10, 6)}
    context = out["unet.context"]
    out["unet.output"] = unet(out["unet.sample"], torch.tensor(timesteps), context).sample
    out["unet.outputFractional"] = unet(out["unet.sample"], torch.tensor(fractional), context).sample
    out["unet.outputOdd"] = unet(out["unet.sampleOdd"], torch.tensor(timesteps), context).sample
    out["text.lastHiddenState"] = hidden
    side = vae.config.sample_size
    out["vae.pixels"] = torch.rand((2, 3, side, side), generator=generator) * 2 - 1
    encoded = vae.encode(out["vae.pixels"]).latent_dist
    out["vae.mean"], out["vae.logvar"] = encoded.mean, encoded.logvar
    out["vae.latents"] = randn(1, 4, 6, 8) / vae.config.scaling_factor
    out["vae.decoded"] = vae.decode(out["vae.latents"]).sample
    save_file({n: t.float().contiguous() for n, t in out.items()}, HERE / name / "expected.safetensors")
    for n, t in out.items():
        print(f"{name:10} {n:24} {list(t.shape)} mean {t.mean():.3f} std {t.std():.3f}")
    resolved = {}
    for key, cls in SCHEDULERS.items():
        config = cls.from_config(pipe.scheduler.config).config
        # JSON has no infinity: the DPM solver's lambda_min_clipped becomes the text "-inf"
        resolved[key] = {k: str(v) if v == -torch.inf else v for k, v in sorted(config.items()) if not k.startswith("_")}
    count = lambda model: sum(p.numel() for p in model.parameters())
    write_lines(HERE / name / "expected.json", {
        "prompts": prompts, "ids": ids.tolist(), "timesteps": timesteps, "timestepsFractional": fractional,
        "parameterCounts": {"unet": count(unet), "vae": count(vae), "textEncoder": count(text)},
        "parameterNames": {"unet": [n for n, _ in unet.named_parameters()], "vae": [n for n, _ in vae.named_parameters()],
                           "textEncoder": list(prefixed(dict(text.named_parameters())))},
        "schedulerConfigs": resolved,
    })


def draw(pipe, picture, output_type):
    _, _, steps, guidance, pairs, negative, width, height = picture
    side = pipe.unet.config.sample_size * pipe.vae_scale_factor
    return pipe(
        [prompt for prompt, _ in pairs], num_inference_steps=steps, guidance_scale=guidance,
        negative_prompt=None if negative is None else [negative] * len(pairs),
        width=width or side, height=height or side,
        generator=[torch.Generator("cpu").manual_seed(seed) for _, seed in pairs], output_type=output_type,
    ).images


def record_pictures(pipes):
    shutil.rmtree(HERE / "pictures", ignore_errors=True)
    (HERE / "pictures").mkdir()
    settings, latents = [], {}
    for number, picture in enumerate(PICTURES):
        name, scheduler, steps, guidance, pairs, negative, *_ = picture
        pipe = pipes[name]
        pipe.scheduler = SCHEDULERS[scheduler].from_config(pipe.original_config)
        label, files = f"{number:02d}-{name}-{scheduler}", []
        latents[label] = draw(pipe, picture, "latent").contiguous()
        for k, image in enumerate(draw(pipe, picture, "pil")):
            files.append(f"pictures/{label}-{k}.png")
            image.save(HERE / files[-1], optimize=True)
            pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).float()
            print(files[-1], f"mean {pixels.mean():.0f} std {pixels.std():.0f}, latents std {latents[label].std():.2f}")
        settings.append({
            "label": label, "pipeline": name, "scheduler": scheduler, "steps": steps, "guidance": guidance,
            "prompts": [p for p, _ in pairs], "seeds": [s for _, s in pairs], "negativePrompt": negative,
            "width": image.width, "height": image.height, "files": files,
        })
    write_json(HERE / "pictures.json", settings)
    save_file(latents, HERE / "latents.safetensors")
    (HERE / "latents.safetensors").chmod(0o644)


if __name__ == "__main__":
    torch.set_num_threads(1)
    pipes = {}
    for name in SPECS:
        make_pipeline(name)
        for path in (HERE / name).rglob("*.safetensors"):
            path.chmod(0o644)
        pipes[name] = load_pipeline(name)
        pipes[name].original_config = pipes[name].scheduler.config
        record_models(name, pipes[name])
    record_pictures(pipes)
