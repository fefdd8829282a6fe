"""Draws the small textured photos the training references use: odd sizes, one EXIF-turned JPEG, one RGBA PNG."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def picture(width, height, seed, hue):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    base = np.stack([128 + 90 * np.sin(2 * np.pi * (f * x + g * y) + hue) for f, g in ((1, 0.3), (0.4, 1.2), (0.9, -0.7))], -1)
    image = Image.fromarray(np.clip(base, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(3):
        cx, cy, r = rng.integers(0, width), rng.integers(0, height), rng.integers(5, 18)
        draw.ellipse([cx - r, cy - r, cx + r, cy + r], fill=tuple(int(v) for v in rng.integers(0, 256, 3)))
    corner = rng.integers(0, min(width, height) // 2)
    draw.rectangle([corner, corner // 2, corner + 14, corner // 2 + 9], outline=(250, 240, 20), width=2)
    noisy = np.asarray(image) + rng.integers(-10, 11, (height, width, 3))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def turned_jpeg(image, path):
    exif = Image.Exif()
    exif[0x0112] = 6  # show turned by 90 degrees clockwise
    image.save(path, quality=90, exif=exif)


def write_photos(folder: Path):
    instance, classes = folder / "instance", folder / "class"
    instance.mkdir(parents=True, exist_ok=True)
    classes.mkdir(parents=True, exist_ok=True)
    picture(90, 64, 1, 0.0).save(instance / "a.png")
    picture(64, 100, 2, 1.0).save(instance / "B.png")  # sorts before a.png by bytes
    turned_jpeg(picture(80, 50, 3, 2.0), instance / "c10.jpg")
    clear = picture(57, 43, 4, 3.0)
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    clear.save(instance / "c9.png")
    picture(32, 47, 5, 4.0).save(instance / "é.png")  # already as wide as the training resolution
    for k, size in enumerate([(48, 40), (40, 60), (32, 32), (71, 33), (50, 50), (36, 90), (60, 45)]):
        path = classes / f"class-{k}{'.jpg' if k == 4 else '.png'}"
        picture(*size, 20 + k, 0.5 * k).save(path, **({"quality": 95, "subsampling": 0} if k == 4 else {}))


if __name__ == "__main__":
    write_photos(Path(__file__).parent / "photos")
