"""A random tiny Stable Diffusion folder in diffusers' layout: configuration, weights, tokenizer, scheduler."""

import json
import random
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from random_scheduler import random_scheduler

sys.path.insert(0, str(Path(__file__).parents[2] / "test/golden/tiny-pipelines"))
import make_tokenizer  # noqa: E402

SYLLABLES = ["mo", "ji", "cat", "do", "g", "red", "ho", "use", "ph", "oto", "sea", "sn", "ow", "bi", "rd", "in", "the", "on", "é", "猫"]
WORDS = ["a photo of a cat", "on the beach,", "Red HOUSE", "snow 2024", "it's", "naïve café", "猫", "🐱", "low-quality", "moji dog"]


def random_prompt(rng: random.Random) -> str:
    """Mostly a few words, now and then none, or more than any tiny text encoder takes."""
    count = rng.choice([0, 1, 2, 3, 3, 4, 60])
    return " ".join(rng.choice(WORDS) for _ in range(count))


def write_tokenizer(rng: random.Random, folder: Path, length: int) -> int:
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(60)]
    ascii_words = [word for word in words if word.isascii()]  # merges are learned on characters, not on bytes
    make_tokenizer.TEXT = " ".join(rng.choices(ascii_words, k=400)) + " a photo of a cat in the snow"
    make_tokenizer.MERGES = rng.randint(0, 150)
    return make_tokenizer.write_tokenizer(folder, length, rng.choice(["<|endoftext|>", "<|endoftext|>", "!"]))


def divisors(*numbers: int) -> list[int]:
    return [k for k in range(1, min(numbers) + 1) if all(n % k == 0 for n in numbers)]


def random_unet(rng: random.Random) -> dict:
    levels, groups = rng.randint(2, 4), rng.choice([1, 2, 4])
    channels = [groups * rng.choice([4, 4, 6, 8] if groups < 4 else [2, 3, 4]) for _ in range(levels)]
    crossed = [rng.random() < 0.7 for _ in range(levels)]
    if not any(crossed):
        crossed[rng.randrange(levels)] = True
    heads = [rng.choice(divisors(c)) for c in channels]
    layers = rng.choice([1, 1, 2, [rng.randint(1, 2) for _ in range(levels)]])
    config = dict(
        sample_size=rng.choice([6, 8, 8, 9, 12]),
        block_out_channels=channels,
        layers_per_block=layers,
        cross_attention_dim=rng.choice([8, 12, 16, 24]),
        down_block_types=["CrossAttnDownBlock2D" if c else "DownBlock2D" for c in crossed],
        up_block_types=["CrossAttnUpBlock2D" if c else "UpBlock2D" for c in reversed(crossed)],
        # a naming error of diffusers: these are numbers of heads
        attention_head_dim=heads if rng.random() < 0.5 else rng.choice(divisors(*channels)),
        norm_num_groups=groups,
        use_linear_projection=rng.random() < 0.5,
        flip_sin_to_cos=rng.random() < 0.8,
        freq_shift=rng.choice([0, 0, 1]),
    )
    if rng.random() < 0.3:
        config["transformer_layers_per_block"] = rng.choice([2, [rng.randint(1, 2) for _ in range(levels)]])
    if rng.random() < 0.3:
        config["norm_eps"] = 1e-4
    if rng.random() < 0.15:
        config["center_input_sample"] = True
    return config


def random_vae(rng: random.Random, factor: int) -> dict:
    levels, groups = factor.bit_length(), rng.choice([1, 2, 4])
    return dict(
        down_block_types=["DownEncoderBlock2D"] * levels,
        up_block_types=["UpDecoderBlock2D"] * levels,
        block_out_channels=[groups * rng.choice([2, 3]) for _ in range(levels)],
        layers_per_block=rng.randint(1, 2),
        norm_num_groups=groups,
        latent_channels=4,
        sample_size=8 * factor,
        scaling_factor=rng.choice([0.18215, 0.18215, 0.3, 1.0]),
    )


def random_text(rng: random.Random, hidden: int, length: int, vocab: int) -> dict:
    return dict(
        vocab_size=vocab, max_position_embeddings=length, bos_token_id=vocab - 2, eos_token_id=vocab - 1, pad_token_id=1,
        hidden_size=hidden, intermediate_size=rng.randint(9, 40), num_hidden_layers=rng.randint(1, 3),
        num_attention_heads=rng.choice(divisors(hidden)), hidden_act=rng.choice(["gelu", "quick_gelu"]), initializer_range=0.3,
    )


def enliven(model: torch.nn.Module) -> None:
    """Fresh networks hardly react: norms at 1 and 0 would hide a swapped one, small projections hide time and prompt."""
    for name, parameter in model.named_parameters():
        if ".time_emb_proj.weight" in name or ".attn2.to_v.weight" in name or ".attn2.to_out.0.weight" in name:
            parameter.mul_(3)
        elif ".to_q.weight" in name or ".to_k.weight" in name:
            parameter.mul_(2)
    for module in model.modules():
        if isinstance(module, (torch.nn.GroupNorm, torch.nn.LayerNorm)):
            module.weight.normal_(1, 0.2)
            module.bias.normal_(0, 0.2)


def scale_output(layer: torch.nn.Module, rows: slice, factor: float) -> None:
    layer.weight[rows] *= factor
    layer.bias[rows] *= factor


@torch.no_grad()
def make_models(unet_config: dict, vae_config: dict, text_config: dict):
    """Random weights whose outputs have the size of a real model's, so that pictures are neither flat nor saturated."""
    unet, vae = UNet2DConditionModel(**unet_config).eval(), AutoencoderKL(**vae_config).eval()
    text = CLIPTextModel(CLIPTextConfig(**text_config)).eval()
    for model in (unet, vae, text):
        enliven(model)
    text.get_input_embeddings().weight.normal_(0, 0.5)
    context = torch.randn(8, text_config["max_position_embeddings"], text_config["hidden_size"])
    predicted = unet(torch.randn(8, 4, 8, 8), torch.linspace(1, 999, 8).long(), context).sample
    scale_output(unet.conv_out, slice(0, 4), 1 / predicted.std().item())
    scaling = vae.config.scaling_factor
    side = vae.config.sample_size
    moments = vae._encode(torch.rand(4, 3, side, side) * 2 - 1)
    scale_output(vae.quant_conv, slice(0, 4), 1 / (scaling * moments[:, :4].std().item()))
    scale_output(vae.quant_conv, slice(4, 8), 1 / moments[:, 4:].std().item())
    vae.quant_conv.bias[4:] -= 3
    picture = vae.decode(torch.randn(8, 4, 8, 8) / scaling).sample
    scale_output(vae.decoder.conv_out, slice(0, 3), 0.4 / picture.std().item())
    return unet, vae, text


def brief(value) -> str:
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)


def make_folder(rng: random.Random, folder: Path, for_training: bool) -> dict:
    """Writes the folder; returns what the cases need to know of it."""
    factor, length = rng.choice([2, 4, 4, 8]), rng.choice([9, 16, 32, 77])
    unet_config, vae_config = random_unet(rng), random_vae(rng, factor)
    vocab = write_tokenizer(rng, folder / "tokenizer", length)
    text_config = random_text(rng, unet_config["cross_attention_dim"], length, vocab)
    torch.manual_seed(rng.randrange(2**31))
    unet, vae, text = make_models(unet_config, vae_config, text_config)
    scheduler = random_scheduler(rng, for_training)
    dtype = torch.float32 if for_training else rng.choice([torch.float32, torch.float32, torch.float16, torch.bfloat16])
    for model, name in ((unet, "unet"), (vae, "vae"), (text, "text_encoder")):
        model.to(dtype).save_pretrained(folder / name)
    scheduler.save_pretrained(folder / "scheduler")
    index = {
        "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30.0",
        "feature_extractor": [None, None], "safety_checker": [None, None],
        "scheduler": ["diffusers", type(scheduler).__name__], "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    (folder / "model_index.json").write_text(json.dumps(index, indent=1))
    unet_brief = f"{brief(unet_config['block_out_channels'])}x{brief(unet_config['layers_per_block'])}"
    projection = "linear" if unet_config["use_linear_projection"] else "conv"
    config = scheduler.config
    return {
        "folder": str(folder), "factor": factor, "side": unet_config["sample_size"] * factor,
        "brief": f"unet {unet_brief} heads {brief(unet_config['attention_head_dim'])} {projection}, vae 1/{factor}, "
        f"text {length}x{text_config['hidden_size']} {text_config['hidden_act']}, "
        f"{type(scheduler).__name__.replace('Scheduler', '')} {config.prediction_type} {config.beta_schedule}"
        f"{'' if dtype == torch.float32 else ' ' + str(dtype).replace('torch.', '')}",
    }
