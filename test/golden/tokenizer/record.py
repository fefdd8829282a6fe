"""Records token ids of transformers' CLIPTokenizer for a corpus of awkward prompts.

python record.py [POCKET_TOKENIZER_FOLDER]     (given: refreshes pocket/ from it first)
"""

import json
import os
import random
import shutil
import sys
import unicodedata
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from transformers import CLIPTokenizer

HERE = Path(__file__).parent

PLAIN = [
    "", " ", "   \t\n ", "a", "A", "a photo of a cat", "A PHOTO OF A CAT", "a  photo   of\ta\ncat", " leading", "trailing ",
    "a photo of a moji cat on the beach, in the style of van gogh", "sks dog", "zwx cat", "a photo of sks dog.",
    "Hello, world!", "hello,world", "...", "!!!", "!?!?", "a.b.c", "a-b_c", "e-mail: me@example.com", "https://example.com/a?b=c&d=%20#e",
    "C:\\temp\\file.txt", "(masterpiece:1.2), [low quality], {x|y}", "((cat)) [[dog]]", "\"quoted\" 'single' `tick`", "a+b=c*d/e^f%g",
    "$5 & 7€ £3 ¥9", "#hashtag @user", "~tilde~ <b>bold</b>", "&amp; &lt;cat&gt; &#39;x&#39; &nbsp; &eacute;", "&amp;amp;", "1girl, 2boys",
    "0123456789", "3.14159", "1,000,000", "12th 1st 2nd 3rd", "2x4 4k 8K", "v1.5", "½ ⅓ ² ³ Ⅷ ①", "٣٤٥ १२३ ๑๒๓", "1a2b3c",
    "it's", "they're", "don't", "I'm we'll you'd I've", "IT'S DON'T", "it’s don’t", "'s", "'t 're", "cats'", "'tis 'twas", "o'clock rock'n'roll",
    "''s", "'S'S", "!'s", "a's'b", "'llama 'dog 'very 'street", "x'y'z", "--'s--", "year's end", "dogs's's",
]
UNICODE = [
    "naïve café", "nai\u0308ve cafe\u0301", "Ångström A\u030angstro\u0308m", "\u212b \u2126 \u212a", "ﬁ ﬂ ﬀ", "ＡＢＣ１２３", "straße STRASSE ẞ",
    "İstanbul ısı I i", "ΟΔΟΣ Σ σς ΑΣ.", "Привет, мир", "ЁЛКА ё е\u0308", "Ελληνικά", "Հայերեն", "ქართული ᲥᲐ", "Ꭰ ꭰ", "ǅ ǆ Ǆ",
    "こんにちは世界", "日本語の猫、写真。", "ｶﾞ ガ カ\u3099", "가각 \u1100\u1161\u11a8", "한국어", "中文猫的照片", "𠮷野家 𩸽", "㍿ ㌔ ㎏",
    "שלום עולם", "שָׁלוֹם", "مرحبا بالعالم", "مُحَمَّد ﷺ", "قِطَّة 123 ٤٥", "فارسی می‌خواهم", "नमस्ते दुनिया", "क्षत्रिय हिन्दी", "कि की कु",
    "สวัสดีชาวโลก", "กำลัง น้ำ", "ภาพถ่ายแมว", "ພາສາລາວ", "བོད་ཡིག", "မြန်မာ", "ភាសាខ្មែរ", "தமிழ்", "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "සිංහල", "বাংলা",
    "አማርኛ", "Tiếng Việt", "Tie\u0302\u0301ng Vie\u0302\u0323t", "a\u0327\u0301 a\u0301\u0327", "z̷̡͝a̴͚̚l̶̗͝g̵͇̈o̸͍͝", "\u0301abc", "a\u0301\u0301\u0301",
    "𝒜𝓑𝕮 𝟙𝟚", "🄰 🅱 Ⓐ", "♥ ★ ☃ ✓", "→ ⇒ ∀x∈ℝ", "─│┌┐", "“curly” „low“ «guillemets»", "–—―", "…", "№ ™ © ®", "° ± × ÷", "¡Hola! ¿Qué?",
    "ʻokina ʼ ʹ ʰ", "ªº ¹", "ー 々 〆", "ᵃᵇᶜ", "\u0345 \u0370", "\u0f71\u0f72", "\u1e9b\u0323", "\u0958", "\u2adc", "\ufb1d", "\U0001d15e",
]
EMOJI = [
    "🐱", "🐱🐱", "🐱 🐶", "a 🐱cat", "cat🐱dog", "👨‍👩‍👧‍👦", "👩🏽‍🚀", "👍🏿", "🏳️‍🌈", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇫🇷🇩🇪", "❤️ ❤", "1️⃣ #️⃣", "☺︎ ☺️", "😀😃😄😁😆😅😂🤣", "🦊!", "🎉🎉🎉 party",
    "🫠🪼", "a photo of 🐱 on 🏖️", "👁‍🗨", "🧑🏻‍❤️‍💋‍🧑🏿", "⌚️", "🀄", "🃏",
]
CONTROL = [
    "a\x00b", "\x00", "a\x01\x02b", "a\x07bell", "a\x08b", "a\tb", "a\nb", "a\r\nb", "a\x0bb\x0cc", "a\x1bb[0m", "a\x1cb\x1dc\x1ed\x1fe", "a\x7fb",
    "a\x80b", "a\x85b", "a\x9fb", "a\xa0b", "a\xadb", "a\u034fb", "a\u061cb", "a\u1680b", "a\u180eb", "a\u2000b\u2003c\u200ad", "a\u200bb", "a\u200cb\u200dc",
    "a\u200eb\u200fc", "a\u2028b\u2029c", "a\u202fb\u205fc", "a\u2060b", "a\u3000b", "a\ufeffb", "\ufeffa", "a\ufffdb", "a\ufffeb\uffff", "a\ue000b", "\U000f0000", "\U0010ffff",
    "a \x00 b", " \u200b ", "\u3164", "\u2800x",
]
SPECIAL = [
    "<|endoftext|>", "<|startoftext|>", "<|startoftext|>a cat<|endoftext|>", "a <|endoftext|> cat", "a<|endoftext|>cat", "<|ENDOFTEXT|>", "<|EndOfText|> cat",
    "<|STARTOFTEXT|> a", "<|endoftext|><|endoftext|>", "<| endoftext |>", "<|endoftext", "endoftext|>", "<|endoftext|>s", "x<|startoftext|>", "<|pad|>", "a <|unk|> b",
    "<|PAD|>", "<unk> [UNK] [CLS] </s>", "</w>", "cat</w>", "a</w> b</w>", "Ġcat", "#version: 0.2", "!", "a!b", "! ! !", "<|endoftext|>'s",
    "<moji>", "a photo of <moji>", "a photo of <moji> cat", "a<moji>cat", "<moji><moji>", "<MOJI>", "a <Moji> cat", "< moji >", "<moji", "moji>", "<moji>'s hat", "<moji>.",
    " <moji> ", "a\n<moji>\tb", "x <moji>🐱", "<<moji>>", "<mo\u00adji>", "<moji>1",
]
LONG = [
    "cat " * 100, "a photo of a cat, " * 12, "word" * 60, "a" * 300, "é" * 90, "🐱" * 40, "!" * 200, "12345" * 30, "a b c d e f g h i j k l m n o p q r s t u v w x y z",
    "the quick brown fox jumps over the lazy dog and then sits on a chair by the sea at night with a hat", "a photo of a cat on the beach in front of a house on a hill at",
    "一" * 100, ("Lorem ipsum dolor sit amet, 12 consectetur! " * 250)[:10240], "\n".join(["a cat"] * 40), "pneumonoultramicroscopicsilicovolcanoconiosis", "x" * 1000,
]


def random_prompts(count):
    """Assigned characters from all over Unicode, between words, with a fixed seed."""
    rng = random.Random(20261122)
    pools = [(0x20, 0x7F), (0x20, 0x250), (0x250, 0x600), (0x600, 0xE00), (0xE00, 0x1200), (0x1200, 0x2000), (0x2000, 0x2C00), (0x2C00, 0x3100),
             (0x3100, 0xD7A4), (0xF900, 0xFFFE), (0x10000, 0x12000), (0x1D000, 0x1F000), (0x1F300, 0x1FA00), (0, 0xA0)]
    words = ["a", "cat", "photo", "of", "<moji>", "The", "it's", "2", "  ", ", "]
    prompts = []
    for _ in range(count):
        low, high = rng.choice(pools)
        parts = []
        while len(parts) < rng.randint(3, 12):
            character = chr(rng.randrange(low, high))
            if unicodedata.category(character) in ("Cn", "Cs"):
                continue
            parts.append(character if rng.random() < 0.7 else rng.choice(words) + rng.choice(["", " "]))
        prompts.append("".join(parts))
    return prompts


def small_json(path):
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")), ensure_ascii=False, separators=(",", ":")), "utf-8")


def make_folders(pocket_source):
    small = HERE / "small"
    shutil.rmtree(small, ignore_errors=True)
    shutil.copytree(HERE.parent / "tiny-pipelines/sharded/tokenizer", small)
    if pocket_source:
        pocket = HERE / "pocket"
        shutil.rmtree(pocket, ignore_errors=True)
        pocket.mkdir()
        for name in ("vocab.json", "merges.txt", "tokenizer_config.json", "tokenizer.json"):
            (pocket / name).write_bytes((Path(pocket_source) / name).read_bytes())
        small_json(pocket / "tokenizer.json")
    saved = HERE / "small-added"
    shutil.rmtree(saved, ignore_errors=True)
    tokenizer = CLIPTokenizer.from_pretrained(small)
    assert tokenizer.add_tokens("<moji>") == 1
    tokenizer.save_pretrained(saved)
    small_json(saved / "tokenizer.json")
    legacy = HERE / "small-added-legacy"
    shutil.rmtree(legacy, ignore_errors=True)
    shutil.copytree(small, legacy)
    (legacy / "added_tokens.json").write_text(json.dumps({"<moji>": len(tokenizer) - 1}) + "\n")


def record(name, corpus):
    tokenizer = CLIPTokenizer.from_pretrained(HERE / name)
    rows = []
    for prompt in corpus:
        ids = tokenizer(prompt).input_ids
        padded = tokenizer(prompt, padding="max_length", truncation=True).input_ids
        assert len(padded) == tokenizer.model_max_length
        rows.append({"ids": ids, "padded": padded})
    header = {"class": type(tokenizer).__module__ + "." + type(tokenizer).__name__, "modelMaxLength": tokenizer.model_max_length,
              "bos": tokenizer.bos_token_id, "eos": tokenizer.eos_token_id, "pad": tokenizer.pad_token_id,
              "unk": tokenizer.unk_token_id, "size": len(tokenizer)}
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    (HERE / f"{name}.ids.json").write_text(json.dumps(header)[:-1] + ', "prompts": [\n' + lines + "\n]}\n")
    return rows


def main():
    make_folders(sys.argv[1] if len(sys.argv) > 1 else None)
    corpus = [*PLAIN, *UNICODE, *EMOJI, *CONTROL, *SPECIAL, *LONG]
    corpus += random_prompts(90)
    (HERE / "corpus.json").write_text("[\n" + ",\n".join(json.dumps(p) for p in corpus) + "\n]\n")
    results = {name: record(name, corpus) for name in ("small", "pocket", "small-added", "small-added-legacy")}
    assert results["small-added"] == results["small-added-legacy"]
    (HERE / "small-added-legacy.ids.json").unlink()
    print(len(corpus), "prompts,", sum(x != y for x, y in zip(results["small"], results["small-added"])), "with other ids once <moji> is added")


if __name__ == "__main__":
    main()
