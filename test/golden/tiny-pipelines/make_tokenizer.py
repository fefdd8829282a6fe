"""Builds the small byte-level BPE vocabulary shared by the tiny pipelines (CLIP's file format)."""

import json
from collections import Counter
from pathlib import Path

TEXT = """a photo of a moji cat on the beach . a photo of a dog on the grass . a photo of the cat in the snow .
a painting of a small red house by the sea at night . a blue bird on a green hill . an oil painting of a cat and a dog .
the quick brown fox jumps over the lazy dog . blurry , low quality , photo of a cat . a cat sitting on a wooden chair .
it's a dog's life , they're here , don't . a drawing of a striped cat with a hat in front of a house on a hill ."""
MERGES = 90


def byte_symbols():
    """The 256 printable stand-ins of GPT-2/CLIP, in CLIP's vocabulary order."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = [chr(b) for b in visible]
    return symbols + [chr(256 + k) for k in range(256 - len(visible))]


def learn_merges(text, count):
    words = Counter(text.split())
    split = {word: [*word[:-1], word[-1] + "</w>"] for word in words}
    merges = []
    for _ in range(count):
        pairs = Counter()
        for word, parts in split.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += words[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for word, parts in split.items():
            joined, k = [], 0
            while k < len(parts):
                if tuple(parts[k : k + 2]) == best:
                    joined.append(parts[k] + parts[k + 1])
                    k += 2
                else:
                    joined.append(parts[k])
                    k += 1
            split[word] = joined
    return merges


def write_tokenizer(folder: Path, model_max_length: int, pad_token: str) -> int:
    symbols = byte_symbols()
    merges = learn_merges(TEXT, MERGES)
    tokens = symbols + [s + "</w>" for s in symbols] + [a + b for a, b in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    assert len(set(tokens)) == len(tokens)
    folder.mkdir(parents=True, exist_ok=True)
    special = lambda text: {"content": text, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), "utf-8")
    config = {
        "add_prefix_space": False,
        "bos_token": {"__type": "AddedToken", **special("<|startoftext|>")},
        "do_lower_case": True,
        "eos_token": {"__type": "AddedToken", **special("<|endoftext|>")},
        "errors": "replace",
        "model_max_length": model_max_length,
        "pad_token": pad_token,
        "tokenizer_class": "CLIPTokenizer",
        "unk_token": {"__type": "AddedToken", **special("<|endoftext|>")},
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    names = {
        "bos_token": special("<|startoftext|>"),
        "eos_token": special("<|endoftext|>"),
        "pad_token": pad_token,
        "unk_token": special("<|endoftext|>"),
    }
    (folder / "special_tokens_map.json").write_text(json.dumps(names, indent=2) + "\n")
    return len(tokens)
