import { describe, expect, it } from 'vitest';
import { isBusy } from '../../../src/runner/slots/busyGpu.ts';
import { namedGpus, visibleGpus } from '../../../src/runner/slots/chooseGpus.ts';
import { parseGpus } from '../../../src/runner/slots/gpus.ts';
import { planSlots } from '../../../src/runner/slots/planSlots.ts';
import { usualShares } from '../../../src/runner/slots/usualShares.ts';
import { FOUR_GPUS } from './fakeNvidiaSmi.ts';

const gpus = parseGpus(FOUR_GPUS);
const indices = (list: readonly { index: number }[]): number[] => list.map(({ index }) => index);

describe('parseGpus', () => {
  it('reads index, UUID, name and memory', () => {
    expect(gpus).toHaveLength(4);
    expect(gpus[1]).toEqual({
      index: 1,
      uuid: 'GPU-11111111-aaaa-bbbb-cccc-000000000001',
      name: 'NVIDIA A100-SXM4-40GB',
      totalBytes: 40960 * 2 ** 20,
      usedBytes: 3 * 2 ** 20,
    });
  });

  it.each([
    ['a driver that tells no memory', '0, GPU-5b2b0001-0, Tesla K80, [N/A], [Not Supported]', [null, null]],
    ['a name with a comma', '0, GPU-5b2b0001-0, Odd, Name, 100, 50', [100 * 2 ** 20, 50 * 2 ** 20]],
  ])('takes %s', (_name, line, memory) => {
    const [gpu] = parseGpus(line);
    expect([gpu?.totalBytes, gpu?.usedBytes]).toEqual(memory);
  });

  it.each([
    'No devices were found',
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
    'Failed to initialize NVML: Driver/library version mismatch',
    'Unable to determine the device handle for GPU 0000:3B:00.0: GPU is lost.  Reboot the system to recover this GPU',
    '',
  ])('finds none in %j', text => {
    expect(parseGpus(`${text}\n`)).toEqual([]);
  });
});

describe('CUDA_VISIBLE_DEVICES', () => {
  it.each([
    [undefined, [0, 1, 2, 3]],
    ['', []],
    ['-1', []],
    ['2', [2]],
    ['3, 1', [3, 1]],
    ['1,9,2', [1]],
    ['1,1,2', [1]],
    ['GPU-11111111-aaaa-bbbb-cccc-000000000002,0', [2, 0]],
    ['GPU-3333', [3]],
    ['GPU-', []],
    ['NoDevFiles', []],
  ])('%j leaves %j', (visible, left) => {
    expect(indices(visibleGpus(gpus, visible))).toEqual(left);
  });
});

describe('--gpus', () => {
  it('takes numbers and UUIDs, once each', () => {
    expect(indices(namedGpus(gpus, '3,GPU-11111111-aaaa-bbbb-cccc-000000000000,3'))).toEqual([3, 0]);
  });

  it('names what there is when one is not there', () => {
    expect(() => namedGpus(visibleGpus(gpus, '0,2'), '1')).toThrow(
      /--gpus: no such GPU; expected 0, 2, got 1/,
    );
    expect(() => namedGpus([], '0')).toThrow(/show no GPU/);
  });
});

describe('planSlots', () => {
  const wishes = { gpus: [], slots: null, threads: null, cores: 8 };

  it('is one slot with all threads on the CPU, or shares of them', () => {
    expect(planSlots(wishes)).toMatchObject([{ name: 'cpu 0', threads: 8, gpu: null, env: {} }]);
    expect(planSlots({ ...wishes, slots: 3 }).map(({ threads }) => threads)).toEqual([2, 2, 2]);
    expect(planSlots({ ...wishes, slots: 3, threads: 5 }).map(({ threads }) => threads)).toEqual([5, 5, 5]);
    expect(planSlots({ ...wishes, slots: 20 }).every(({ threads }) => threads === 1)).toBe(true);
  });

  it('is a slot a GPU, each seeing its own by UUID', () => {
    const slots = planSlots({ ...wishes, gpus });
    expect(slots.map(({ name }) => name)).toEqual(['gpu 0', 'gpu 1', 'gpu 2', 'gpu 3']);
    expect(slots.map(({ env }) => env.CUDA_VISIBLE_DEVICES)).toEqual(gpus.map(({ uuid }) => uuid));
    expect(planSlots({ ...wishes, gpus, slots: 2 })).toHaveLength(2);
    expect(() => planSlots({ ...wishes, gpus, slots: 5 })).toThrow(/--slots: more slots than GPUs/);
  });
});

describe('isBusy', () => {
  it('goes by memory that others hold', () => {
    expect(gpus.map(isBusy)).toEqual([false, false, true, false]);
    expect(isBusy({ index: 0, uuid: 'GPU-0', name: '', totalBytes: null, usedBytes: null })).toBe(false);
  });
});

describe('usualShares', () => {
  const jobs = (trainings: number, memoryBytes: number | undefined = 1e8) => [
    ...Array.from({ length: trainings }, () => ({ kind: 'dreambooth' as const, memoryBytes })),
    ...Array.from({ length: 40 }, () => ({ kind: 'sample' as const, memoryBytes: 1e7 })),
  ];
  const machine = { cores: 4, threads: null, memoryBytes: 24e9 };

  it.each([
    ['a share for each training', jobs(3), machine, 3],
    ['no more than cores', jobs(9), machine, 4],
    ['no more than wanted threads leave', jobs(9), { ...machine, threads: 2 }, 2],
    ['one where threads are more than cores', jobs(9), { ...machine, threads: 8 }, 1],
    ['no more than fit in memory, with their activations', jobs(9, 5e9), machine, 2],
    ['one where even one is too large', jobs(9, 50e9), machine, 1],
    ['one where nothing is trained', jobs(0), machine, 1],
  ])('%s', (_name, planned, on, shares) => {
    expect(usualShares(planned, on)).toBe(shares);
  });

  it('is one where the memory of a training is not known', () => {
    expect(usualShares([...jobs(3), { kind: 'dreambooth' }], machine)).toBe(1);
  });
});
