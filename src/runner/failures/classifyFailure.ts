import type { ErrorCode, SweetspotErrorJson } from '../../core/errors.ts';
import type { FailureClass } from '../../stages/failures.ts';

/** What is known of a failed attempt. */
export interface FailureEvidence {
  error: SweetspotErrorJson;
  /** The end of what the worker printed during the attempt. */
  log: string;
  /** Whether the kernel ended a process for want of memory meanwhile. */
  memoryKill: boolean;
}

/** Codes that say it all; the others need a look at the words. */
const BY_CODE: Partial<Record<ErrorCode, FailureClass>> = {
  E_NOT_FINITE: 'nan',
  E_OUT_OF_MEMORY: 'out-of-memory',
  E_TIMEOUT: 'hung',
  E_IMAGE: 'data',
  E_MISSING: 'data',
  E_CHECKPOINT: 'data',
  E_MODEL: 'config',
  E_SAFETENSORS: 'config',
  E_TOKENIZER: 'config',
  E_SCHEDULER: 'config',
  E_OPTION: 'config',
  E_USAGE: 'config',
  E_SWEEP: 'config',
};

/**
 * What runtimes and libraries print, in the order of trust. Each names its source: V8 and Node, the C++ runtime, CUDA,
 * cuDNN and cuBLAS, TensorFlow, WebAssembly, the kernel, libuv.
 */
const BY_WORDS: readonly [RegExp, FailureClass][] = [
  [
    /ENOSPC|EDQUOT|no space left on device|disk (is full|quota)|SQLITE_FULL|database or disk is full/i,
    'disk-full',
  ],
  [
    /\bOOM\b|out[ _-]?of[ _-]?memory|CUDA_ERROR_OUT_OF_MEMORY|RESOURCE_EXHAUSTED|ALLOC_FAILED|std::bad_alloc|cannot allocate memory|\bENOMEM\b|array buffer allocation failed|could not allocate memory|invalid (typed )?array (buffer )?length|memory access out of bounds.*malloc|cuda malloc failed|oom-kill|allocation failed/i,
    'out-of-memory',
  ],
  [/\bloss (is|=|became) (nan|[+-]?inf)|non-?finite|(contains?|produced|found) (nan|inf)|is NaN\b/i, 'nan'],
  [
    /illegal memory access|uncorrectable ECC|Xid|device-side assert|GPU (is lost|has fallen off)|CUDNN_STATUS_(INTERNAL|EXECUTION)/i,
    'unknown',
  ],
  [
    /no such file or directory|ENOENT|unsupported image|corrupt (JPEG|PNG|image)|premature end of (JPEG|input)|Input (file|buffer) (contains unsupported|has corrupt)/i,
    'data',
  ],
];

/** Tells a failure's class from its code, then from how the process ended, then from what was printed. */
export function classifyFailure({ error, log, memoryKill }: FailureEvidence): FailureClass {
  const known = BY_CODE[error.code];
  if (known) return known;
  const said = `${error.what} ${error.got ?? ''}`;
  if (error.code === 'E_WRITE') return wordsOf(said) === 'disk-full' ? 'disk-full' : 'config';
  const bySaying = wordsOf(said);
  if (bySaying) return bySaying;
  if (memoryKill && /SIGKILL/.test(said)) return 'out-of-memory';
  const byLog = wordsOf(log);
  if (byLog) return byLog;
  return /signal SIG(KILL|TERM|INT|HUP)|SIGTERM/.test(said) ? 'killed' : 'unknown';
}

const wordsOf = (text: string): FailureClass | undefined => BY_WORDS.find(([words]) => words.test(text))?.[1];
