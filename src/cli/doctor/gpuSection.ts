import { formatBytes } from '../../core/formatBytes.ts';
import { CUDA_LIBRARIES, DRIVER_LIBRARY, findGpuLibraries } from '../../native/gpuLibraries.ts';
import { hasGpu } from '../../native/hasGpu.ts';
import { inspectInstall } from '../../native/installRecord.ts';
import { nativeFolder } from '../../native/nativeFolder.ts';
import { queryGpus } from '../../runner/slots/gpus.ts';
import type { Check, Section } from './section.ts';

/** GPUs, the driver, and the libraries that TensorFlow opens; what is missing matters only where there is a GPU. */
export async function gpuSection(): Promise<Section> {
  const gpus = await queryGpus();
  const folder = nativeFolder('cuda');
  const installed = (await inspectInstall(folder)).state === 'complete';
  const [driver] = await findGpuLibraries([DRIVER_LIBRARY], null);
  const libraries = await findGpuLibraries(CUDA_LIBRARIES, installed ? folder : null);
  const wanted = gpus.length > 0 || hasGpu();
  const lacking: Check['state'] = wanted ? 'broken' : 'missing';
  const checks: Check[] = gpus.map(({ index, name, totalBytes }) => ({
    name: `gpu ${index}`,
    state: 'ok',
    detail: totalBytes === null ? name : `${name}, ${formatBytes(totalBytes)}`,
  }));
  if (gpus.length === 0) {
    checks.push({
      name: 'nvidia-smi',
      state: lacking,
      detail: 'shows no NVIDIA GPU; computing on the CPU',
      ...(wanted ? { fix: "install or repair NVIDIA's driver" } : {}),
    });
  }
  checks.push(
    driver?.path
      ? { name: DRIVER_LIBRARY, state: 'ok', detail: driver.path }
      : {
          name: DRIVER_LIBRARY,
          state: lacking,
          detail: "the driver's library was not found",
          ...(wanted ? { fix: "install NVIDIA's driver (in a container: run it with --gpus all)" } : {}),
        },
  );
  const missing = libraries.filter(({ path }) => path === null).map(({ name }) => name);
  checks.push(
    missing.length === 0
      ? {
          name: 'CUDA libraries',
          state: 'ok',
          detail: installed ? 'all, in the installation' : 'all, in the system',
        }
      : {
          name: 'CUDA libraries',
          state: lacking,
          detail: `missing: ${missing.join(', ')}`,
          ...(wanted ? { fix: 'sweetspot backend install --cuda' } : {}),
        },
  );
  return { title: 'GPU', checks };
}
