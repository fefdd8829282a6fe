import * as tf from '@tensorflow/tfjs-core';

/** Calls and own time of each kernel, per call of `work`; what a kernel spends in others counts for those alone. */
export async function profileKernels(work, times) {
  let shares = {};
  const running = [];
  for (const kernel of tf.getKernelsForBackend(tf.getBackend())) {
    tf.unregisterKernel(kernel.kernelName, kernel.backendName);
    const kernelFunc = call => {
      const start = performance.now();
      running.push(0);
      const out = kernel.kernelFunc(call);
      const inside = running.pop();
      const ms = performance.now() - start;
      if (running.length > 0) running[running.length - 1] += ms;
      shares[kernel.kernelName] ??= { calls: 0, ms: 0 };
      shares[kernel.kernelName].calls++;
      shares[kernel.kernelName].ms += ms - inside;
      return out;
    };
    tf.registerKernel({ ...kernel, setupFunc: undefined, kernelFunc });
  }
  await work();
  shares = {};
  for (let i = 0; i < times; i++) await work();
  return Object.entries(shares)
    .map(([name, { calls, ms }]) => [name, { calls: calls / times, ms: ms / times }])
    .sort(([, a], [, b]) => b.ms - a.ms)
    .slice(0, 24);
}

/** Lines of a table of {@link profileKernels}, with each kernel's part of the whole. */
export function printProfile(shares) {
  const whole = shares.reduce((sum, [, { ms }]) => sum + ms, 0);
  for (const [name, { calls, ms }] of shares)
    console.log(
      `    ${name.padEnd(30)}${calls.toFixed(0).padStart(6)} calls${ms.toFixed(2).padStart(10)} ms${((100 * ms) / whole).toFixed(1).padStart(7)} %`,
    );
}
