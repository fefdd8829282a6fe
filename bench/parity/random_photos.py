"""A folder of random photos: sizes, formats, colour modes, EXIF orientations, names."""

import random
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

NAMES = ["a", "B", "z10", "z9", "é", "IMG 1", "_x", "photo.old", "猫", "Ω"]


def draw(rng: random.Random, width: int, height: int) -> Image.Image:
    noise = np.random.default_rng(rng.randrange(2**31))
    y, x = np.mgrid[0:height, 0:width] / 40
    waves = [120 + 100 * np.sin(rng.uniform(-3, 3) * x + rng.uniform(-3, 3) * y + rng.uniform(0, 6)) for _ in range(3)]
    image = Image.fromarray(np.stack(waves, -1).clip(0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for _ in range(4):
        left, top = rng.randrange(width), rng.randrange(height)
        colour = tuple(rng.randrange(256) for _ in range(3))
        shape = rng.choice([pen.ellipse, pen.rectangle])
        shape([left, top, left + rng.randint(3, 30), top + rng.randint(3, 30)], fill=colour)
    pixels = np.asarray(image) + noise.integers(-12, 13, (height, width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def with_alpha(image: Image.Image) -> Image.Image:
    image.putalpha(Image.radial_gradient("L").resize(image.size))
    return image


CONVERT = {
    "rgba": with_alpha,
    "grey": lambda image: image.convert("L"),
    "grey-alpha": lambda image: with_alpha(image.convert("L")),
    "palette": lambda image: image.quantize(32),
    "grey-jpeg": lambda image: image.convert("L"),
    "cmyk-jpeg": lambda image: image.convert("CMYK"),
}


def save(rng: random.Random, image: Image.Image, stem: Path) -> str:
    exif = Image.Exif()
    turned = rng.choice([0, 0, *range(1, 9)])
    if turned:
        exif[0x0112] = turned
    kind = rng.choice(["png", "png", "rgba", "grey", "grey-alpha", "palette", "jpeg", "jpeg", "jpeg", "grey-jpeg", "cmyk-jpeg", "webp", "tiff"])
    path, options = stem.with_name(f"{stem.name}.{kind}"), {"exif": exif}
    if kind.endswith("jpeg"):
        path = stem.with_name(f"{stem.name}.{rng.choice(['jpg', 'jpeg', 'JPG'])}")
        options |= {"format": "JPEG", "quality": rng.randint(40, 98), "progressive": rng.random() < 0.3}
        if kind == "jpeg":
            options["subsampling"] = rng.choice([0, 1, 2])
    elif kind == "webp":
        options |= {"lossless": rng.random() < 0.5, "quality": rng.randint(40, 98)}
    elif kind != "tiff":
        path = stem.with_name(f"{stem.name}.png")
    CONVERT.get(kind, lambda image: image)(image).save(path, **options)
    return f"{image.width}x{image.height} {kind}{f' exif {turned}' if turned else ''}"


def make_photos(rng: random.Random, folder: Path, count: int) -> list[str]:
    folder.mkdir(parents=True)
    size = lambda: rng.randint(20, 150)
    return [save(rng, draw(rng, size(), size()), folder / name) for name in rng.sample(NAMES, count)]
