"""Records timesteps, sigmas and whole sampling loops of diffusers' schedulers. Run: python record.py"""

import json
import math
from pathlib import Path

import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    LMSDiscreteScheduler,
    PNDMScheduler,
)

HERE = Path(__file__).parent
SCHEDULERS = {
    "ddpm": DDPMScheduler,
    "ddim": DDIMScheduler,
    "pndm": PNDMScheduler,
    "lms": LMSDiscreteScheduler,
    "euler": EulerDiscreteScheduler,
    "dpm-solver-multistep": DPMSolverMultistepScheduler,
}
SD = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
      "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "clip_sample": False}
CONFIGS = {
    "sd": SD,
    "sd-leading": {**SD, "timestep_spacing": "leading"},
    "sd-trailing": {**SD, "timestep_spacing": "trailing"},
    "sd-linspace": {**SD, "timestep_spacing": "linspace"},
    "sd-offset-0": {**SD, "steps_offset": 0, "timestep_spacing": "leading"},
    "class-defaults": {},
    "squaredcos": {**SD, "beta_schedule": "squaredcos_cap_v2"},
    "linear-1100": {"beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear", "num_train_timesteps": 1100,
                    "skip_prk_steps": True},
}
# One key changed at a time; the scheduler it concerns, the keys on top of SD, step counts.
VARIANTS = [
    ("ddpm", {"clip_sample": True}), ("ddpm", {"clip_sample": True, "clip_sample_range": 0.5}),
    ("ddpm", {"variance_type": "fixed_large"}), ("ddpm", {"variance_type": "fixed_small_log"}),
    ("ddpm", {"thresholding": True, "dynamic_thresholding_ratio": 0.87, "sample_max_value": 0.5}),
    ("ddpm", {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing"}),
    ("ddim", {"clip_sample": True}), ("ddim", {"clip_sample": True, "clip_sample_range": 0.5}),
    ("ddim", {"set_alpha_to_one": True}),
    ("ddim", {"thresholding": True, "dynamic_thresholding_ratio": 0.87, "sample_max_value": 0.5}),
    ("ddim", {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing"}),
    ("pndm", {"set_alpha_to_one": True}), ("pndm", {"skip_prk_steps": False}),
    ("lms", {"use_karras_sigmas": True}), ("euler", {"use_karras_sigmas": True}),
    ("euler", {"final_sigmas_type": "sigma_min"}), ("euler", {"interpolation_type": "log_linear"}),
    ("euler", {"timestep_type": "continuous", "prediction_type": "v_prediction"}),
    ("dpm-solver-multistep", {"use_karras_sigmas": True}), ("dpm-solver-multistep", {"use_lu_lambdas": True}),
    ("dpm-solver-multistep", {"solver_order": 1}), ("dpm-solver-multistep", {"solver_order": 3}),
    ("dpm-solver-multistep", {"solver_type": "heun"}), ("dpm-solver-multistep", {"algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}),
    ("dpm-solver-multistep", {"final_sigmas_type": "sigma_min", "lower_order_final": False}),
    ("dpm-solver-multistep", {"euler_at_final": True}), ("dpm-solver-multistep", {"lower_order_final": False}),
    ("dpm-solver-multistep", {"thresholding": True, "dynamic_thresholding_ratio": 0.87, "sample_max_value": 0.5}),
]
STEPS = [1, 2, 5, 7, 10, 50]


def dummy_sample():
    """[4, 3, 8, 8], value (((c*8+h)*8+w)*4+b)/768, as diffusers' own scheduler tests start from."""
    return torch.arange(768, dtype=torch.float32).div(768).reshape(3, 8, 8, 4).permute(3, 0, 1, 2).contiguous()


def short(value):
    """Nine significant digits tell float32 values apart."""
    return float(f"{float(value):.9g}")


def loop(scheduler, name):
    sample = dummy_sample() * scheduler.init_noise_sigma
    generator = torch.Generator("cpu").manual_seed(0)
    for t in scheduler.timesteps:
        scaled = scheduler.scale_model_input(sample, t)
        noise = {"generator": generator} if name == "ddpm" else {}
        sample = scheduler.step(scaled * t / (t + 1), t, sample, **noise).prev_sample
    flat = sample.double().flatten()
    return {"sumAbs": short(flat.abs().sum()), "sum": short(flat.sum()), "ends": [short(v) for v in (*flat[:2], *flat[-2:])]}


def attempt(name, config, steps):
    """(schedule, loop), or the reason of diffusers' refusal."""
    try:
        scheduler = SCHEDULERS[name].from_config(config)
        scheduler.set_timesteps(steps)
        schedule = {"timesteps": [int(t) if t == int(t) else short(t) for t in scheduler.timesteps],
                    "initNoiseSigma": short(scheduler.init_noise_sigma)}
        if name in ("lms", "euler", "dpm-solver-multistep"):
            schedule["sigmas"] = [short(s) for s in scheduler.sigmas]
        result = loop(scheduler, name)
    except Exception as error:  # a combination the class cannot do is a fact worth keeping
        return None, {"refused": type(error).__name__}
    if not all(map(math.isfinite, [*result["ends"], result["sumAbs"], schedule["initNoiseSigma"]])):
        return schedule, {"notFinite": True}
    return schedule, result


def main():
    schedules, loops, variants = [], [], []
    for config_name, config in CONFIGS.items():
        for name in SCHEDULERS:
            for steps in [*STEPS, 15, 16] if config_name == "sd" else STEPS:
                for prediction in ("epsilon", "v_prediction", "sample"):
                    schedule, result = attempt(name, {**config, "prediction_type": prediction}, steps)
                    key = {"scheduler": name, "config": config_name, "steps": steps}
                    if prediction == "epsilon" and schedule:
                        schedules.append({**key, **schedule})
                    loops.append({**key, "prediction": prediction, **result})
    for name, keys in VARIANTS:
        for steps in (5, 10, 20):
            schedule, result = attempt(name, {**SD, **keys}, steps)
            variants.append({"scheduler": name, "config": keys, "steps": steps, **(schedule or {}), **result})
    betas = []
    for beta in ("linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid"):
        scheduler = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule=beta)
        at = [0, 1, 2, 100, 250, 499, 500, 750, 998, 999]
        betas.append({"betaSchedule": beta, "betaStart": 0.00085, "betaEnd": 0.012, "at": at,
                      "betas": scheduler.betas[at].tolist(), "alphasCumprod": scheduler.alphas_cumprod[at].tolist()})
    parts = {"schedules": schedules, "loops": loops, "variants": variants, "betas": betas}
    rows = [f'"{k}": [\n' + ",\n".join(json.dumps(item) for item in v) + "\n]" for k, v in parts.items()]
    configs = '"configs": {\n' + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in CONFIGS.items()) + "\n}"
    (HERE / "schedulers.json").write_text("{\n" + ",\n".join([configs, *rows]) + "\n}\n")
    for name, cls in SCHEDULERS.items():  # config files as diffusers itself writes them
        cls.from_config(SD).save_config(HERE / "written" / name)
    print({k: len(v) for k, v in parts.items()})


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
