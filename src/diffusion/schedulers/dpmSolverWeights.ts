import type { AlgorithmType } from '../config/schedulerConfig.ts';

const { fround } = Math;
const exp32 = (x: number): number => fround(Math.exp(x));
const log32 = (x: number): number => fround(Math.log(x));

/** A noise level in variance-preserving coordinates, float32: signal, noise, and half the log signal-to-noise ratio. */
export interface VpLevel {
  alpha: number;
  sigma: number;
  lambda: number;
}

export function vpLevel(sigma: number): VpLevel {
  const alpha = fround(1 / fround(Math.sqrt(fround(fround(sigma * sigma) + 1))));
  const scaled = fround(sigma * alpha);
  return { alpha, sigma: scaled, lambda: fround(log32(alpha) - log32(scaled)) };
}

/** x_next = sample * x + values[k] * D_k + noise * z, where D_k is the k-th divided difference of the predictions. */
export interface SolverWeights {
  sample: number;
  values: number[];
  noise: number;
}

/**
 * The weights of one step from level `s` to level `t`. Lu et al. (2022), "DPM-Solver" for noise prediction and
 * "DPM-Solver++" (equations 8 and 9, algorithm 2, appendix for order 3 and the stochastic variants) for data prediction.
 *
 * @param order 1 to 3
 * @param heun how the second difference is weighted at order 2: exact integral, or midpoint when false
 */
export function solverWeights(
  algorithm: AlgorithmType,
  s: VpLevel,
  t: VpLevel,
  order: number,
  heun: boolean,
): SolverWeights {
  const h = fround(t.lambda - s.lambda);
  switch (algorithm) {
    case 'dpmsolver++': {
      const growth = fround(exp32(-h) - 1);
      const first = fround(-fround(t.alpha * growth));
      const second = fround(t.alpha * fround(fround(growth / h) + 1));
      const third = -fround(t.alpha * fround(fround(fround(growth + h) / fround(h * h)) - 0.5));
      return {
        sample: fround(t.sigma / s.sigma),
        values: [first, order === 2 && !heun ? 0.5 * first : second, third].slice(0, order),
        noise: 0,
      };
    }
    case 'dpmsolver': {
      const growth = fround(exp32(h) - 1);
      const first = -fround(t.sigma * growth);
      const second = -fround(t.sigma * fround(fround(growth / h) - 1));
      const third = -fround(t.sigma * fround(fround(fround(growth - h) / fround(h * h)) - 0.5));
      return {
        sample: fround(t.alpha / s.alpha),
        values: [first, order === 2 && !heun ? 0.5 * first : second, third].slice(0, order),
        noise: 0,
      };
    }
    case 'sde-dpmsolver++': {
      const decay = fround(1 - exp32(-2 * h));
      const first = fround(t.alpha * decay);
      const second = fround(t.alpha * fround(fround(decay / fround(-2 * h)) + 1));
      const square = fround(fround(2 * h) * fround(2 * h));
      const third = fround(t.alpha * fround(fround(fround(decay - fround(2 * h)) / square) - 0.5));
      return {
        sample: fround(fround(t.sigma / s.sigma) * exp32(-h)),
        values: [first, order === 2 && !heun ? 0.5 * first : second, third].slice(0, order),
        noise: fround(t.sigma * fround(Math.sqrt(decay))),
      };
    }
    case 'sde-dpmsolver': {
      const growth = fround(exp32(h) - 1);
      const first = -2 * fround(t.sigma * growth);
      const second = -2 * fround(t.sigma * fround(fround(growth / h) - 1));
      return {
        sample: fround(t.alpha / s.alpha),
        values: [first, heun ? second : 0.5 * first].slice(0, order),
        noise: fround(t.sigma * fround(Math.sqrt(fround(exp32(2 * h) - 1)))),
      };
    }
  }
}
