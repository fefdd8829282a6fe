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


def save(rng: random.Random, image: Image.Image, stem: Path) -> str:
    exif = Image.Exif()
    turned = rng.choice([0, 0, *range(1, 9)])
    if turned:
        exif[0x0112] = turned
    kind = rng.choice(["png", "png", "rgba", "grey", "grey-alpha", "palette", "jpeg", "jpeg", "jpeg", "grey-jpeg", "webp"])
    if kind in ("jpeg", "grey-jpeg"):
        image = image.convert("L") if kind == "grey-jpeg" else image
        options = {} if kind == "grey-jpeg" else {"subsampling": rng.choice([0, 1, 2])}
        name = f"{stem.name}.{rng.choice(['jpg', 'jpeg', 'JPG'])}"
        image.save(stem.with_name(name), "JPEG", quality=rng.randint(40, 98), progressive=rng.random() < 0.3, exif=exif, **options)
    elif kind == "webp":
        name = f"{stem.name}.webp"
        image.save(stem.with_name(name), lossless=True, exif=exif)
    else:
        name = f"{stem.name}.png"
        if kind == "rgba":
            image = with_alpha(image)
        elif kind == "grey":
            image = image.convert("L")
        elif kind == "grey-alpha":
            image = with_alpha(image.convert("L"))
        elif kind == "palette":
            image = image.quantize(32)
        image.save(stem.with_name(name), exif=exif)
    return f"{image.width}x{image.height} {kind}{f' exif {turned}' if turned else ''}"


def make_photos(rng: random.Random, folder: Path, count: int) -> list[str]:
    folder.mkdir(parents=True)
    size = lambda: rng.randint(20, 150)
    return [save(rng, draw(rng, size(), size()), folder / name) for name in rng.sample(NAMES, count)]
