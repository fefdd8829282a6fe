"""Records what transformers' CLIPModel and ViTModel say of pictures and texts, for test/scoring.

Writes two tiny folders beside this file, as from_pretrained reads them (clip/: with the `small` tokenizer of
../tokenizer; vit/: without pooler, as DINO's), random weights in half precision, and scorers.json: for each picture of
../images/sources the processor's pixel values (a few of them, and sums) and the embeddings, for each text its embedding.
Run: python record.py
"""
import json
import shutil
from pathlib import Path

import numpy as np
import torch
import transformers
from PIL import Image, ImageOps
from transformers import CLIPConfig, CLIPModel, ViTConfig, ViTModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.clip.tokenization_clip import CLIPTokenizer
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

HERE = Path(__file__).parent
PICTURES = ["photo.jpg", "rgb.png", "gray.png", "exif-6.jpg", "lossless.webp"]
TEXTS = ["a photo of a cat", "", "two dogs, and a lowest newer wider bicycle made of glass on the moon at night", "ß 😀 a"]
LAYERS = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4)


def spread(model, seed):
    """Weights that make every part count: as made, embeddings are so narrow that pictures hardly differ."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name == "logit_scale":
                continue
            offset = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            parameter.copy_((torch.randn(parameter.shape, generator=generator) * 0.2 + offset).half().float())
    return model.eval()


def pooled(output):
    return getattr(output, "pooler_output", output)


def sample(values):
    """Every 97th pixel value, and the mean of all."""
    flat = values.permute(0, 2, 3, 1).reshape(-1)
    return {"shape": list(values.shape), "every97": flat[::97].tolist(), "mean": float(flat.double().mean())}


tokens = HERE.parent / "tokenizer" / "small"
tokenizer = CLIPTokenizer.from_pretrained(tokens)
clip = CLIPModel(CLIPConfig(
    text_config=dict(LAYERS, vocab_size=len(tokenizer), max_position_embeddings=16, bos_token_id=tokenizer.bos_token_id,
                     eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id),
    vision_config=dict(LAYERS, hidden_size=24, num_attention_heads=3, image_size=32, patch_size=8),
    projection_dim=16,
))
clip = spread(clip, 1)
vit = spread(ViTModel(ViTConfig(**LAYERS, image_size=32, patch_size=8), add_pooling_layer=False), 2)
clip_processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
vit_processor = ViTImageProcessorPil(size={"height": 32, "width": 32})

for name, model, processor in [("clip", clip, clip_processor), ("vit", vit, vit_processor)]:
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    model.half().save_pretrained(folder)
    model.float()
    processor.save_pretrained(folder)
for file in tokens.iterdir():
    shutil.copy(file, HERE / "clip" / file.name)

record = {"versions": {"transformers": transformers.__version__, "torch": torch.__version__}, "pictures": {}, "texts": []}
with torch.no_grad():
    for name in PICTURES:
        image = ImageOps.exif_transpose(Image.open(HERE.parent / "images" / "sources" / name)).convert("RGB")
        pixels = torch.tensor(np.array(clip_processor(image)["pixel_values"]))
        plain = torch.tensor(np.array(vit_processor(image)["pixel_values"]))
        record["pictures"][name] = {
            "clipPixels": sample(pixels),
            "clip": pooled(clip.get_image_features(pixels))[0].tolist(),
            "vitPixels": sample(plain),
            "vit": vit(plain).last_hidden_state[0, 0].tolist(),
        }
    for text in TEXTS:
        ids = tokenizer([text], padding="max_length", max_length=16, truncation=True, return_tensors="pt")["input_ids"]
        record["texts"].append({"text": text, "clip": pooled(clip.get_text_features(input_ids=ids))[0].tolist()})
(HERE / "scorers.json").write_text(json.dumps(record) + "\n")
