import { counted } from '../../core/counted.ts';
import { findNative, type NativeCandidate, repairLine } from '../../native/findNative.ts';
import { compareLosses, tryBackend, tryNative } from '../../runner/proveBackend.ts';
import type { Check, Section } from './section.ts';

/** Every backend, tried: a worker is started on it and trains the self-check's few steps. */
export async function backendSection(signal: AbortSignal): Promise<Section> {
  const wasm = await tryBackend({ backend: 'wasm' }, signal).catch((error: unknown) => error as Error);
  const reference = wasm instanceof Error ? null : wasm.losses;
  const wasmCheck: Check =
    wasm instanceof Error
      ? { name: 'wasm', state: 'broken', detail: wasm.message, fix: 'npm ci' }
      : wasm.hello.warning
        ? { name: 'wasm', state: 'broken', detail: wasm.hello.warning, fix: 'npm run build' }
        : { name: 'wasm', state: 'ok', detail: `works, ${counted(wasm.hello.threads, 'thread')}` };
  const checks: Check[] = [];
  for (const candidate of await findNative({ thorough: true })) {
    checks.push(await nativeCheck(candidate, reference, signal));
  }
  if (checks.length === 0) {
    checks.push({
      name: 'tensorflow',
      state: 'missing',
      detail: 'native TensorFlow is not installed; wasm does everything, slower',
      fix: 'sweetspot backend install',
    });
  }
  return { title: 'Backends', checks: [...checks, wasmCheck] };
}

async function nativeCheck(
  candidate: NativeCandidate,
  reference: readonly number[] | null,
  signal: AbortSignal,
): Promise<Check> {
  const name = nameOf(candidate);
  const fix = repairLine(candidate);
  if (candidate.problem !== null) {
    return { name, state: 'broken', detail: `not used: ${candidate.problem} (${candidate.folder})`, fix };
  }
  try {
    const { hello, losses } = await tryNative(candidate.packageDir, signal);
    if (reference !== null) compareLosses(losses, reference);
    const device = hello.device === 'gpu' ? 'on a GPU' : `on the CPU, ${counted(hello.threads, 'thread')}`;
    return { name, state: 'ok', detail: `works ${device}: TensorFlow ${hello.versions.tensorflow}` };
  } catch (error) {
    signal.throwIfAborted();
    return { name, state: 'broken', detail: error instanceof Error ? error.message : String(error), fix };
  }
}

const nameOf = ({ source, variant }: NativeCandidate): string =>
  source === 'stock' ? 'tensorflow (stock tfjs-node)' : `tensorflow (${variant ?? 'unproved'})`;
