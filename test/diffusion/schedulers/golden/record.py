"""Records what diffusers' schedulers do with many combinations of options: python record.py > loops.json"""
import json
import sys
import warnings

import diffusers
import numpy as np
import torch

warnings.filterwarnings('ignore')
diffusers.logging.set_verbosity_error()
CLASSES = {
    'ddpm': diffusers.DDPMScheduler,
    'ddim': diffusers.DDIMScheduler,
    'pndm': diffusers.PNDMScheduler,
    'lms': diffusers.LMSDiscreteScheduler,
    'euler': diffusers.EulerDiscreteScheduler,
    'dpm-solver-multistep': diffusers.DPMSolverMultistepScheduler,
}
SD = dict(beta_schedule='scaled_linear', beta_start=0.00085, beta_end=0.012, steps_offset=1)
V = dict(prediction_type='v_prediction')
X0 = dict(prediction_type='sample')
COS = dict(beta_schedule='squaredcos_cap_v2')
ZERO = dict(rescale_betas_zero_snr=True, **V)
THRESHOLD = dict(thresholding=True, dynamic_thresholding_ratio=0.93, sample_max_value=1.4)
KARRAS = dict(use_karras_sigmas=True)
EXPONENTIAL = dict(use_exponential_sigmas=True)


def spacing(name):
    return dict(timestep_spacing=name)


DPM = 'dpm-solver-multistep'
CASES = []
for name in CLASSES:
    for steps in (1, 2, 7, 10, 25):
        CASES.append((name, dict(SD, **(dict(skip_prk_steps=True) if name == 'pndm' else {})), steps))
    for kind in ('leading', 'linspace', 'trailing'):
        CASES.append((name, dict(SD, **spacing(kind), **(dict(skip_prk_steps=True) if name == 'pndm' else {})), 9))
    for options in (V, COS, dict(trained_betas=list(np.linspace(1e-4, 0.03, 200)), num_train_timesteps=200)):
        CASES.append((name, options, 8))
    if name != 'pndm':
        CASES.append((name, dict(SD, **X0), 6))
    if name not in ('pndm', 'lms'):
        CASES.append((name, dict(SD, **ZERO, **spacing('trailing')), 8))
CASES += [('pndm', dict(SD), n) for n in (4, 5, 12)] + [('pndm', dict(V, skip_prk_steps=True, set_alpha_to_one=True), 7)]
for name in ('ddpm', 'ddim'):
    CASES += [(name, dict(SD, **THRESHOLD), 6), (name, dict(clip_sample_range=0.5), 6), (name, dict(clip_sample=False), 6)]
CASES += [('ddpm', dict(variance_type=kind), 12) for kind in ('fixed_small_log', 'fixed_large')]
CASES += [('ddpm', dict(beta_schedule='sigmoid'), 12), ('ddim', dict(set_alpha_to_one=False), 12)]
for name in ('lms', 'euler', DPM):
    CASES += [(name, dict(SD, **KARRAS), 11), (name, dict(SD, **EXPONENTIAL), 11), (name, dict(COS, **KARRAS), 8)]
CASES += [('euler', dict(SD, final_sigmas_type='sigma_min'), 6), ('euler', dict(SD, **KARRAS, sigma_min=0.1, sigma_max=10.0), 6)]
CASES += [(DPM, dict(SD, use_lu_lambdas=True), 9), (DPM, dict(COS, lambda_min_clipped=-5.1), 9)]
CASES += [(DPM, dict(SD, **THRESHOLD), 9), (DPM, dict(SD, **V, **THRESHOLD, algorithm_type='dpmsolver', final_sigmas_type='sigma_min'), 9)]
for algorithm in ('dpmsolver++', 'dpmsolver', 'sde-dpmsolver++', 'sde-dpmsolver'):
    for order in (1, 2, 3):
        for solver in ('midpoint', 'heun'):
            for steps in (9, 20):
                if algorithm == 'sde-dpmsolver' and order == 3:
                    continue
                final = 'zero' if algorithm.endswith('++') else 'sigma_min'
                options = dict(SD, algorithm_type=algorithm, solver_order=order, solver_type=solver, final_sigmas_type=final)
                CASES.append((DPM, options, steps))
for prediction in (V, X0):
    CASES.append((DPM, dict(SD, **prediction, algorithm_type='dpmsolver', final_sigmas_type='sigma_min'), 8))
for kind in (dict(euler_at_final=True), dict(lower_order_final=False)):
    CASES.append((DPM, dict(SD, **kind, final_sigmas_type='sigma_min', solver_order=3), 16))


def record(name, options, steps):
    scheduler = CLASSES[name].from_config(dict(options))
    scheduler.set_timesteps(steps)
    if hasattr(scheduler, 'set_begin_index'):
        scheduler.set_begin_index(0)  # where two timesteps round to the same, diffusers would begin with the second
    x = (torch.arange(768).reshape(3, 8, 8, 4) / 768).permute(3, 0, 1, 2) * scheduler.init_noise_sigma
    generator = torch.Generator('cpu').manual_seed(0)
    stochastic = name == 'ddpm' or options.get('algorithm_type', '').startswith('sde')
    for t in scheduler.timesteps:
        out = scheduler.scale_model_input(x, t) * t / (t + 1)
        x = scheduler.step(out, t, x, **(dict(generator=generator) if stochastic else {})).prev_sample
    assert torch.isfinite(x).all(), (name, options, steps)
    flat = x.flatten().double()
    result = dict(name=name, options=options, steps=steps, timesteps=scheduler.timesteps.tolist())
    if name in ('lms', 'euler', DPM):
        result['sigmas'] = [float('%.8g' % s) for s in scheduler.sigmas.tolist()]
    result['initNoiseSigma'] = float(scheduler.init_noise_sigma)
    result['sum'] = flat.abs().sum().item()
    result['values'] = [float('%.8g' % v) for v in flat[::97].tolist()]
    return result


print(f'torch {torch.__version__}, diffusers {diffusers.__version__}, {len(CASES)} cases', file=sys.stderr)
print('[\n' + ',\n'.join(json.dumps(record(*case)) for case in CASES) + '\n]')
