import { describe, expect, it } from 'vitest';
import type { SweetspotErrorJson } from '../../../src/core/errors.ts';
import { classifyFailure } from '../../../src/runner/failures/classifyFailure.ts';
import type { FailureClass } from '../../../src/stages/failures.ts';

const died = (got: string): SweetspotErrorJson => ({
  code: 'E_WORKER',
  what: 'the worker process ended',
  got,
});
const bug = (what: string): SweetspotErrorJson => ({ code: 'E_INTERNAL', what });

/** The end of a log, as the runtimes and libraries word it, and the class that a person would give it. */
const LOGS: [FailureClass, string][] = [
  [
    'out-of-memory',
    'OP_REQUIRES failed at conv_ops.cc:1120 : RESOURCE_EXHAUSTED: OOM when allocating tensor with shape[4,512,64,64] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc',
  ],
  [
    'out-of-memory',
    'failed to allocate 2.20G (2362232012 bytes) from device: CUDA_ERROR_OUT_OF_MEMORY: out of memory',
  ],
  ['out-of-memory', 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
  [
    'out-of-memory',
    'FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory\n 1: 0xb7a940 node::Abort()',
  ],
  ['out-of-memory', 'RangeError: Array buffer allocation failed\n    at new ArrayBuffer (<anonymous>)'],
  ['out-of-memory', 'RangeError: WebAssembly.Memory(): could not allocate memory'],
  [
    'out-of-memory',
    "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc",
  ],
  ['out-of-memory', 'Error: spawn ENOMEM'],
  ['out-of-memory', 'Cannot allocate memory'],
  ['out-of-memory', 'CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)'],
  ['out-of-memory', 'Could not create cudnn handle: CUDNN_STATUS_ALLOC_FAILED'],
  ['out-of-memory', 'RangeError: Invalid typed array length: 2361393152'],
  ['disk-full', 'Error: ENOSPC: no space left on device, write'],
  ['disk-full', 'OSError: [Errno 28] No space left on device'],
  ['disk-full', 'SqliteError: database or disk is full\n    code: SQLITE_FULL'],
  ['disk-full', 'Error: EDQUOT: disk quota exceeded, write'],
  ['nan', 'step 12: loss is NaN'],
  ['nan', 'loss became inf after 3 updates'],
  ['nan', 'ValueError: the gradient contains NaN'],
  ['nan', 'found non-finite values in down_blocks.0.weight'],
  ['data', "Error: ENOENT: no such file or directory, open 'photos/1.png'"],
  ['data', 'Error: Input file contains unsupported image format'],
  ['data', 'VipsJpeg: premature end of JPEG image'],
  ['data', 'Error: Input buffer has corrupt header: pngload_buffer'],
  ['unknown', 'CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access was encountered'],
  ['unknown', 'NVRM: Xid (PCI:0000:3b:00): 79, pid=1234, GPU has fallen off the bus.'],
  ['unknown', 'uncorrectable ECC error encountered'],
  ['unknown', 'device-side assert triggered'],
  ['unknown', 'Could not create cudnn handle: CUDNN_STATUS_INTERNAL_ERROR'],
  ['unknown', 'Segmentation fault (core dumped)'],
  ['unknown', 'TypeError: Cannot read properties of undefined (reading "shape")'],
  ['unknown', 'RuntimeError: memory access out of bounds'],
  ['unknown', 'node: symbol lookup error: undefined symbol'],
  ['unknown', ''],
  ['unknown', 'step 200, loss 0.0312\nstep 201, loss 0.0299'],
  ['unknown', 'RuntimeError: unreachable'],
];

describe('classifyFailure', () => {
  it.each(LOGS)('%s: %s', (wanted, log) => {
    expect(classifyFailure({ error: died('exit code 1'), log, memoryKill: false })).toBe(wanted);
    const [last = ''] = log.split('\n');
    if (last) expect(classifyFailure({ error: bug(last), log: '', memoryKill: false })).toBe(wanted);
  });

  it.each<[FailureClass, SweetspotErrorJson]>([
    ['nan', { code: 'E_NOT_FINITE', what: 'the loss is NaN' }],
    ['out-of-memory', { code: 'E_OUT_OF_MEMORY', what: 'the heap is full' }],
    ['hung', { code: 'E_TIMEOUT', what: 'the worker made no progress' }],
    ['data', { code: 'E_IMAGE', what: 'is no picture' }],
    ['config', { code: 'E_MODEL', what: 'a tensor is missing' }],
    ['disk-full', { code: 'E_WRITE', what: 'cannot write: the disk is full' }],
    ['disk-full', { code: 'E_WRITE', what: 'cannot write: the disk quota is used up' }],
    ['config', { code: 'E_WRITE', what: 'cannot write: permission denied' }],
    ['killed', died('signal SIGKILL')],
    ['killed', died('signal SIGTERM')],
    ['killed', died('SIGTERM or a closed connection')],
    ['unknown', died('signal SIGSEGV')],
    ['unknown', died('exit code 134')],
  ])('%s by its code or signal', (wanted, error) => {
    expect(classifyFailure({ error, log: '', memoryKill: false })).toBe(wanted);
  });

  it('knows the kernel out-of-memory killer from a person with kill -9', () => {
    const error = died('signal SIGKILL');
    expect(classifyFailure({ error, log: '', memoryKill: true })).toBe('out-of-memory');
    expect(classifyFailure({ error: died('exit code 1'), log: '', memoryKill: true })).toBe('unknown');
  });
});
