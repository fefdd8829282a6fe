"""PyTorch's side of bench/train-step: the same UNet, inputs and step. Does one step per line on standard input."""
import json
import os
import sys
import time

import torch
from diffusers import UNet2DConditionModel

batch, threads = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(1)
here = os.path.dirname(os.path.abspath(__file__))
folder = os.path.join(here, "..", "models", "pocket")
unet = UNet2DConditionModel.from_pretrained(folder, subfolder="unet", torch_dtype=torch.float32)
unet.train()
with open(os.path.join(folder, "text_encoder", "config.json")) as file:
    tokens = json.load(file)["max_position_embeddings"]
optimizer = torch.optim.AdamW(unet.parameters(), lr=1e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
size = unet.config.sample_size
sample = torch.randn(batch, 4, size, size)
target = torch.randn(batch, 4, size, size)
states = torch.randn(batch, tokens, unet.config.cross_attention_dim)
timesteps = torch.tensor([(i * 311 + 17) % 1000 for i in range(batch)])

for line in sys.stdin:
    start, cpu = time.perf_counter(), time.process_time()
    loss = torch.nn.functional.mse_loss(unet(sample, timesteps, states).sample, target)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    value = loss.item()
    ms, cpu_ms = (time.perf_counter() - start) * 1000, (time.process_time() - cpu) * 1000
    print(json.dumps({"ms": ms, "cpuMs": cpu_ms, "loss": value, "version": f"torch {torch.__version__}"}), flush=True)
