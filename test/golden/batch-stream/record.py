"""Records the batches of torch's DataLoader behind accelerate's, with the random crops of the items and, between the
batches, the draws of a training step. Writes batch-stream.json beside itself."""
import json
import pathlib

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed


def crop(size, side, center):
    height, width = size
    if center:
        return [round((height - side) / 2.0), round((width - side) / 2.0)]
    if height == side and width == side:
        return [0, 0]
    top = torch.randint(0, height - side + 1, (1,)).item()
    left = torch.randint(0, width - side + 1, (1,)).item()
    return [top, left]


class Items(torch.utils.data.Dataset):
    def __init__(self, instances, classes, side, center):
        self.instances, self.classes, self.side, self.center = instances, classes, side, center

    def __len__(self):
        return max(len(self.instances), len(self.classes))

    def __getitem__(self, i):
        a = i % len(self.instances)
        item = [[a, *crop(self.instances[a], self.side, self.center)], None]
        if self.classes:
            b = i % len(self.classes)
            item[1] = [b, *crop(self.classes[b], self.side, self.center)]
        return item


def record(name, seed, instances, classes, side, center, batch_size, offset_noise, epochs):
    set_seed(seed)
    loader = torch.utils.data.DataLoader(
        Items(instances, classes, side, center), batch_size=batch_size, shuffle=True, collate_fn=list
    )
    loader = Accelerator(cpu=True).prepare(loader)
    steps = []
    for _ in range(epochs):
        for items in loader:
            n = len(items) * (2 if classes else 1)
            latents = torch.randn(n, 4, 3, 2)
            noise = torch.randn(n, 4, 3, 2)
            offsets = torch.randn(n, 4, 1, 1) if offset_noise else None
            timesteps = torch.randint(0, 1000, (n,))
            steps.append({
                "items": items,
                "latents": [latents.flatten()[0].item(), latents.flatten()[-1].item()],
                "noise": [noise.flatten()[0].item(), noise.flatten()[-1].item()],
                "offsets": offsets.flatten().tolist() if offset_noise else None,
                "timesteps": timesteps.tolist(),
            })
    case = {"name": name, "seed": seed, "instances": instances, "classes": classes, "side": side}
    return {**case, "center": center, "batchSize": batch_size, "offsetNoise": offset_noise, "steps": steps}


wide, tall, square = [32, 45], [51, 32], [32, 32]
cases = [
    record("random crops", 3, [wide, tall, square, wide, tall], [], 32, False, 2, False, 3),
    record("class pictures", 11, [wide, square], [tall, wide, square, [32, 33], wide, tall, square], 32, False, 3, False, 3),
    record("offset noise, scalar draws", 5, [wide, tall, tall], [], 32, False, 1, True, 3),
    record("center crops", 4, [wide, tall, [32, 37], [34, 32]], [], 32, True, 3, False, 2),
]
out = pathlib.Path(__file__).with_name("batch-stream.json")
out.write_text(json.dumps(cases, indent=1) + "\n")
