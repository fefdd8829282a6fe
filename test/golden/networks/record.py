"""Records what diffusers' and transformers' networks give on tiny configurations, for test/diffusion/models.

Weights are not stored: UNet and VAE keep the values that torch.manual_seed(seed) and their constructors give them, so the
test draws the same ones from its own copy of torch's generator. CLIP's text model is filled here in the order of its
state dict ("clip") or by its own constructor ("clipAsMade"). Inputs are drawn right after the weights.
Run: python record.py   (writes networks.json and sdv1-tensors.json beside this file)
"""
import json
from pathlib import Path

import diffusers
import torch
import transformers
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

HERE = Path(__file__).parent
SMALL = dict(
    block_out_channels=[16, 32], layers_per_block=1, norm_num_groups=8, cross_attention_dim=24, attention_head_dim=4,
    down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"], up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"],
)
THREE = dict(
    block_out_channels=[16, 32, 32], norm_num_groups=4, cross_attention_dim=16, attention_head_dim=[2, 4, 8],
    down_block_types=["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    up_block_types=["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
)
# name: configuration, latent height and width, tokens
UNETS = {
    "as Stable Diffusion v1, small": (SMALL, (8, 8), 7),
    "odd sizes": (SMALL, (7, 9), 5),
    "three levels, heads a level, odd at the second": (THREE, (10, 6), 4),
    "three levels, odd everywhere, not square": (THREE, (5, 11), 4),
    "linear projections (Stable Diffusion v2)": (dict(THREE, use_linear_projection=True), (8, 8), 3),
    "lists: layers, transformer layers, text widths": (
        dict(THREE, layers_per_block=[1, 2, 1], transformer_layers_per_block=[1, 2, 1], cross_attention_dim=[16, 16, 16]),
        (8, 4), 3),
    "rare keys": (
        dict(SMALL, center_input_sample=True, flip_sin_to_cos=False, freq_shift=1, downsample_padding=0,
             mid_block_scale_factor=1.5, norm_eps=1e-3, in_channels=5, out_channels=3, time_embedding_dim=48), (8, 8), 2),
    "the way up in other places": (
        dict(SMALL, down_block_types=["DownBlock2D", "CrossAttnDownBlock2D"],
             up_block_types=["CrossAttnUpBlock2D", "UpBlock2D"]), (6, 4), 3),
}
VAES = {
    "small": (dict(block_out_channels=[8, 16], norm_num_groups=4, layers_per_block=1, down_block_types=["DownEncoderBlock2D"] * 2,
                   up_block_types=["UpDecoderBlock2D"] * 2), (12, 16)),
    "three levels, two layers": (
        dict(block_out_channels=[8, 8, 16], norm_num_groups=2, layers_per_block=2, latent_channels=3,
             down_block_types=["DownEncoderBlock2D"] * 3, up_block_types=["UpDecoderBlock2D"] * 3), (16, 8)),
    "without quant convolutions and attention": (
        dict(block_out_channels=[8, 16], norm_num_groups=4, down_block_types=["DownEncoderBlock2D"] * 2,
             up_block_types=["UpDecoderBlock2D"] * 2, use_quant_conv=False, use_post_quant_conv=False,
             mid_block_add_attention=False), (8, 8)),
    "class defaults": ({}, (4, 4)),
}
CLIPS = {
    "quick_gelu": dict(vocab_size=50, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
                       max_position_embeddings=12, hidden_act="quick_gelu"),
    "gelu, other eps": dict(vocab_size=40, hidden_size=24, intermediate_size=37, num_hidden_layers=2, num_attention_heads=2,
                            max_position_embeddings=9, hidden_act="gelu", layer_norm_eps=1e-3),
}


def flat(tensor):
    return {"shape": list(tensor.shape), "values": [float(f"{v:.8g}") for v in tensor.flatten().tolist()]}


def seeded(number, build):
    torch.manual_seed(number)
    return build().eval()


def unet(config, size, tokens):
    model = seeded(3, lambda: UNet2DConditionModel(**config))
    channels = config.get("in_channels", 4)
    width = config["cross_attention_dim"]
    sample = torch.randn(2, channels, *size)
    context = torch.randn(2, tokens, width[0] if isinstance(width, list) else width)
    return {"config": config, "seed": 3, "size": size, "tokens": tokens, "timesteps": [981, 3],
            "output": flat(model(sample, torch.tensor([981, 3]), context).sample)}


def vae(config, size):
    model = seeded(5, lambda: AutoencoderKL(**config))
    picture = torch.randn(2, 3, *size)
    latent = model.encode(picture).latent_dist
    z = torch.randn(latent.mean.shape)
    return {"config": config, "seed": 5, "size": size, "mean": flat(latent.mean), "logvar": flat(latent.logvar),
            "decoded": flat(model.decode(z).sample)}


def clip(config):
    model = CLIPTextModel(CLIPTextConfig(**config)).eval()
    torch.manual_seed(7)
    for name, value in model.named_parameters():
        norm = "norm" in name and name.endswith("weight")
        value.copy_(torch.randn(value.shape) * 0.25 + (1 if norm else 0))
    length = config["max_position_embeddings"]
    ids = torch.randint(0, config["vocab_size"], (2, length - 2))
    return {"config": config, "seed": 7, "ids": ids.tolist(), "output": flat(model(ids).last_hidden_state)}


def clip_as_made(config):
    model = seeded(9, lambda: CLIPTextModel(CLIPTextConfig(**config)))
    ids = torch.randint(0, config["vocab_size"], (2, config["max_position_embeddings"]))
    return {"config": config, "seed": 9, "ids": ids.tolist(), "output": flat(model(ids).last_hidden_state)}


def tensors_of_sdv1():
    with torch.device("meta"):
        unet = UNet2DConditionModel(cross_attention_dim=768, sample_size=64)
        vae = AutoencoderKL(block_out_channels=[128, 256, 512, 512], layers_per_block=2,
                            down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4)
        text = CLIPTextModel(CLIPTextConfig(hidden_size=768, intermediate_size=3072, num_attention_heads=12))
    prefix = lambda name: name if name.startswith("text_model.") else f"text_model.{name}"
    shapes = lambda model, rename=str: {rename(n): list(p.shape) for n, p in sorted(model.named_parameters())}
    return {"unet": shapes(unet), "vae": shapes(vae), "text_encoder": shapes(text, prefix)}


def write(name, value):
    (HERE / name).write_text(json.dumps(value, separators=(",", ":")).replace('},"', '},\n"').replace('],"', '],\n"') + "\n")


with torch.no_grad():
    write("networks.json", {
        "unet": {name: unet(*case) for name, case in UNETS.items()},
        "vae": {name: vae(*case) for name, case in VAES.items()},
        "clip": {name: clip(config) for name, config in CLIPS.items()},
        "clipAsMade": {name: clip_as_made(config) for name, config in CLIPS.items()},
    })
    write("sdv1-tensors.json", tensors_of_sdv1())
print("torch", torch.__version__, "diffusers", diffusers.__version__, "transformers", transformers.__version__)
