"""diffusers' side of bench/sample: the same pictures. Makes one batch per line on standard input."""
import json
import os
import sys
import time

import numpy as np
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline

batch, steps, threads = (int(value) for value in sys.argv[1:4])
torch.set_num_threads(threads)
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models", "pocket")
pipe = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32, safety_checker=None)
pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config)
pipe.set_progress_bar_config(disable=True)
prompts = ["a red apple on a blue background"] * batch

for line in sys.stdin:
    start, cpu = time.perf_counter(), time.process_time()
    generators = [torch.Generator("cpu").manual_seed(seed) for seed in range(batch)]
    images = pipe(prompts, num_inference_steps=steps, guidance_scale=5.0, generator=generators).images
    ms, cpu_ms = (time.perf_counter() - start) * 1000, (time.process_time() - cpu) * 1000
    mean = float(np.mean([np.asarray(image) for image in images]))
    print(json.dumps({"ms": ms, "cpuMs": cpu_ms, "mean": mean, "version": f"torch {torch.__version__}"}), flush=True)
