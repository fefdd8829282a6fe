import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** One GPU as nvidia-smi tells of it. */
export interface Gpu {
  /** nvidia-smi's number: in the order of the bus. */
  index: number;
  /** What CUDA_VISIBLE_DEVICES can name it by, whatever order CUDA counts in. */
  uuid: string;
  name: string;
  /** Bytes; null where the driver does not tell. */
  totalBytes: number | null;
  usedBytes: number | null;
}

const QUERY = ['--query-gpu=index,uuid,name,memory.total,memory.used', '--format=csv,noheader,nounits'];
/** A driver in trouble can make nvidia-smi wait for ever. */
const TIMEOUT_MS = 20_000;
const MIB = 1024 * 1024;

/** The GPUs of this machine; none where there is no nvidia-smi, no driver or no device. */
export async function queryGpus(): Promise<Gpu[]> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', QUERY, { timeout: TIMEOUT_MS });
    return parseGpus(stdout);
  } catch {
    return [];
  }
}

/** Reads nvidia-smi's CSV: `0, GPU-5b2b…, NVIDIA A100-SXM4-40GB, 40960, 3`, memory in MiB. Other lines are skipped. */
export function parseGpus(csv: string): Gpu[] {
  return csv.split('\n').flatMap(line => {
    const fields = line.split(',').map(field => field.trim());
    const [index = '', uuid = '', ...rest] = fields;
    if (!/^\d+$/.test(index) || !/^(GPU|MIG)-/.test(uuid) || rest.length < 3) return [];
    // A name may hold a comma; memory is always the last two.
    const [total, used] = rest.slice(-2).map(bytesOf);
    return [
      {
        index: Number(index),
        uuid,
        name: rest.slice(0, -2).join(', '),
        totalBytes: total ?? null,
        usedBytes: used ?? null,
      },
    ];
  });
}

/** `[N/A]` and `[Not Supported]` are what some drivers say. */
const bytesOf = (mib: string): number | null => (/^\d+$/.test(mib) ? Number(mib) * MIB : null);
