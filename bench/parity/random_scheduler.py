"""A scheduler of random class and configuration, among those that Stable Diffusion folders come with."""

import random

from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    LMSDiscreteScheduler,
    PNDMScheduler,
)

SCHEDULERS = {
    "ddpm": DDPMScheduler,
    "ddim": DDIMScheduler,
    "pndm": PNDMScheduler,
    "lms": LMSDiscreteScheduler,
    "euler": EulerDiscreteScheduler,
    "dpm-solver-multistep": DPMSolverMultistepScheduler,
}


def own_options(rng: random.Random, name: str) -> dict:
    """Options that only some classes have; they carry over where another class knows them."""
    maybe = lambda chance: rng.random() < chance
    if name == "ddpm":
        return dict(variance_type=rng.choice(["fixed_small", "fixed_large"]), clip_sample=maybe(0.3), thresholding=maybe(0.1))
    if name == "ddim":
        return dict(set_alpha_to_one=maybe(0.5), clip_sample=maybe(0.3), thresholding=maybe(0.1))
    if name == "pndm":
        return dict(skip_prk_steps=maybe(0.7), set_alpha_to_one=maybe(0.5))
    if name == "lms":
        return dict(use_karras_sigmas=maybe(0.3))
    if name == "euler":
        return dict(use_karras_sigmas=maybe(0.3), interpolation_type=rng.choice(["linear", "log_linear"]))
    return dict(
        solver_order=rng.randint(1, 3), algorithm_type=rng.choice(["dpmsolver++", "sde-dpmsolver++"]),
        solver_type=rng.choice(["midpoint", "heun"]), use_karras_sigmas=maybe(0.3), lower_order_final=maybe(0.7),
    )


def random_scheduler(rng: random.Random, for_training: bool):
    name = rng.choice(["pndm", "pndm", *SCHEDULERS])
    predictions = ["epsilon", "epsilon", "v_prediction"] + ([] if for_training else ["sample"])
    options = dict(
        num_train_timesteps=rng.choice([1000, 1000, 500]),
        beta_start=0.00085, beta_end=0.012,
        beta_schedule=rng.choice(["scaled_linear", "scaled_linear", "linear"]),
        prediction_type=rng.choice(predictions),
        **own_options(rng, name),
    )
    # PNDM knows no prediction of the sample itself
    if name == "pndm" and options["prediction_type"] == "sample":
        options["prediction_type"] = "epsilon"
    if rng.random() < 0.6:
        options["timestep_spacing"] = rng.choice(["leading", "linspace", "trailing"])
    if rng.random() < 0.6:
        options["steps_offset"] = rng.choice([0, 1, 1])
    return SCHEDULERS[name](**options)
