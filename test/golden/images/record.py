"""Writes small pictures of many kinds and what Pillow makes of them: decoded, resized, JPEG-encoded. Run: python record.py"""

import json
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

HERE = Path(__file__).parent
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def texture(width, height, channels, seed):
    """Waves, two sharp edges and a little noise, 0..255 as float."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for k in range(channels):
        wave = 128 + 100 * np.sin(x / (4 + 2 * k) + seed) * np.cos(y / (6 - k) + k)
        wave[height // 3 : height // 2, width // 4 : width // 2] = 255 - 60 * k
        wave[:, width * 3 // 4 :] -= 70
        planes.append(wave + rng.integers(-6, 7, (height, width)))
    return np.clip(np.stack(planes, -1), 0, 255)


def array(width, height, channels, seed):
    return np.squeeze(texture(width, height, channels, seed).astype(np.uint8))


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png16(path, values):
    """A 16-bit PNG, grey (2-D) or RGB (3-D), which Pillow cannot write for RGB."""
    height, width = values.shape[:2]
    colour = 0 if values.ndim == 2 else 2
    rows = values.astype(">u2").reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(raw, 9)) + png_chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def wide_linear_profile():
    """A matrix ICC profile with linear curves and wide primaries: applying it would change every pixel."""
    s15 = lambda value: struct.pack(">i", round(value * 65536))
    xyz = lambda *v: b"XYZ \0\0\0\0" + b"".join(map(s15, v))
    curve = b"curv\0\0\0\0" + struct.pack(">I", 0)
    text = b"text\0\0\0\0wide linear\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", 12) + b"wide linear\0" + bytes(4 + 4 + 2 + 1 + 67)
    tags = [(b"desc", name), (b"cprt", text), (b"wtpt", xyz(0.9642, 1.0, 0.8249)), (b"rXYZ", xyz(0.79767, 0.28804, 0.0)),
            (b"gXYZ", xyz(0.13519, 0.71188, 0.0)), (b"bXYZ", xyz(0.03134, 0.00009, 0.82491)),
            (b"rTRC", curve), (b"gTRC", curve), (b"bTRC", curve)]
    offset, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for tag, data in tags:
        data += bytes(-len(data) % 4)
        table += tag + struct.pack(">II", offset + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", offset + len(body), b"\0\0\0\0", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2026, 11, 22, 0, 0, 0) + b"acsp" + bytes(28) + s15(0.9642) + s15(1.0) + s15(0.8249)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def write_sources(folder):
    rgb = Image.fromarray(array(61, 47, 3, 1))
    rgb.save(folder / "rgb.png")
    Image.fromarray(array(40, 53, 4, 2)).save(folder / "rgba.png")
    palette = Image.fromarray(array(45, 38, 3, 3)).quantize(32)
    palette.save(folder / "palette.png", transparency=bytes(range(0, 256, 8)))
    palette.save(folder / "palette.gif", transparency=3)
    Image.fromarray(array(44, 37, 1, 4)).save(folder / "gray.png")
    Image.fromarray(array(36, 41, 2, 5), "LA").save(folder / "gray-alpha.png")
    Image.fromarray(array(40, 30, 1, 6)).convert("1").save(folder / "one-bit.png")
    write_png16(folder / "gray16.png", np.squeeze(texture(37, 29, 1, 7)) * 257 + 13)
    write_png16(folder / "gray16-dark.png", np.squeeze(texture(23, 19, 1, 7)))
    write_png16(folder / "rgb16.png", np.clip(texture(33, 31, 3, 8) * 257 + 100, 0, 65535))
    rgb.save(folder / "icc.png", icc_profile=wide_linear_profile())
    Image.fromarray(array(42, 35, 3, 9)).save(folder / "lossless.webp", lossless=True)
    photo = Image.fromarray(array(59, 46, 3, 10))
    photo.save(folder / "photo.jpg", quality=80)
    photo.save(folder / "photo-444.jpg", quality=90, subsampling=0)
    photo.save(folder / "photo-422.jpg", quality=90, subsampling=1)
    photo.save(folder / "progressive.jpg", quality=85, progressive=True)
    photo.convert("L").save(folder / "gray.jpg", quality=85)
    photo.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    for orientation in (2, 3, 5, 6, 8):
        photo.save(folder / f"exif-{orientation}.jpg", quality=80, exif=exif(orientation))
    rgb.save(folder / "exif-6.png", exif=exif(6))


def resized_cases(name):
    if name == "rgb.png":
        for label in FILTERS:
            for size in [(23, 19), (97, 80), (61, 20), (30, 47)]:
                yield label, size
        for size in [(1, 1), (200, 3), (32, 24), (61, 47), (62, 47), (7, 90)]:
            yield "bilinear", size
    else:
        yield "bilinear", (21, 17)
        yield "bilinear", (64, 50)


def save_png(image, path):
    image.save(path, optimize=True)


def main():
    sources, decoded, resized, jpeg = (HERE / n for n in ("sources", "decoded", "resized", "jpeg"))
    for folder in (sources, decoded, resized, jpeg):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    write_sources(sources)
    index = {"decoded": [], "resized": [], "jpeg": []}
    for path in sorted(sources.iterdir()):
        opened = Image.open(path)
        mode = opened.mode
        image = ImageOps.exif_transpose(opened).convert("RGB")
        save_png(image, decoded / f"{path.name}.png")
        index["decoded"].append({"source": f"sources/{path.name}", "mode": mode, "width": image.width,
                                 "height": image.height, "file": f"decoded/{path.name}.png"})
        if path.suffix not in (".png",):
            continue
        for label, (width, height) in resized_cases(path.name):
            target = f"resized/{path.name}-{width}x{height}-{label}.png"
            save_png(image.resize((width, height), FILTERS[label]), HERE / target)
            index["resized"].append({"source": f"decoded/{path.name}.png", "filter": label, "width": width,
                                     "height": height, "file": target})
    for name, size, seed, quality in [("even", (48, 32), 20, 75), ("odd", (33, 17), 21, 75), ("tiny", (5, 3), 22, 75), ("high", (40, 40), 23, 95)]:
        image = Image.fromarray(array(*size, 3, seed))
        save_png(image, jpeg / f"{name}.png")
        image.save(jpeg / f"{name}.jpg", **({} if quality == 75 else {"quality": quality}))
        save_png(Image.open(jpeg / f"{name}.jpg"), jpeg / f"{name}.decoded.png")
        index["jpeg"].append({"source": f"jpeg/{name}.png", "quality": quality, "file": f"jpeg/{name}.jpg",
                              "decoded": f"jpeg/{name}.decoded.png"})
    rows = ",\n".join(f'"{k}": [\n' + ",\n".join(json.dumps(item) for item in v) + "\n]" for k, v in index.items())
    (HERE / "images.json").write_text("{\n" + rows + "\n}\n")


if __name__ == "__main__":
    main()
