"""Asks Hugging Face tokenizers about every code point: python record.py, see PROVENANCE.md."""
import json
from pathlib import Path

from tokenizers import Regex, normalizers

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number):
    text = ""
    while number or not text:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text


def encode(points):
    """Ascending ranges as `gap` or `gap+extent` in base 36, the gap counted from the end of the last range."""
    ranges = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    words, last = [], 0
    for first, end in ranges:
        words.append(base36(first - last) + (f"+{base36(end - first)}" if end > first else ""))
        last = end
    return " ".join(words)


def main():
    points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    nfc = normalizers.NFC()

    def matching(pattern):
        replace = normalizers.Replace(Regex(pattern), "\N{SYMBOL FOR NULL}\N{SYMBOL FOR NULL}")
        return encode(c for c in points if len(replace.normalize_str(chr(c))) == 2)

    def moved(before, after):
        return encode(c for c in points if (t := before + chr(c) + after) != nfc.normalize_str(t))

    classes = {
        "letters": matching(r"\p{L}"),
        "numbers": matching(r"\p{N}"),
        "spaces": matching(r"\s"),
        "movedBehindOverlay": moved("x", "\u0334"),
        "movedBeforeIotaSubscript": moved("x\u0345", ""),
    }
    Path(__file__).with_name("classes.json").write_text(json.dumps(classes, indent=1) + "\n")


if __name__ == "__main__":
    main()
