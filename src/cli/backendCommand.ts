import type { Argv, CommandModule } from 'yargs';
import { EXIT, SweetspotError } from '../core/errors.ts';
import { findNative, type NativeCandidate, repairLine } from '../native/findNative.ts';
import { hasGpu } from '../native/hasGpu.ts';
import { installNative } from '../native/install/installNative.ts';
import { proveNative, tryBackend } from '../runner/proveBackend.ts';
import { onInterrupt } from './interrupt.ts';
import { inOurWords } from './program.ts';
import { progressLine } from './progressLine.ts';

interface InstallArguments {
  cpu: boolean;
  cuda: boolean;
  from?: string | undefined;
}

const installCommand: CommandModule<object, InstallArguments> = {
  command: 'install',
  describe: 'Install native TensorFlow: fetch it through npm and pip, compile its addon, let it prove itself',
  builder: command =>
    command.options({
      cpu: { type: 'boolean', default: false, describe: 'for the CPU (0.3 GB to fetch, 0.9 GB on disk)' },
      cuda: { type: 'boolean', default: false, describe: 'for NVIDIA GPUs (3.4 GB to fetch)' },
      from: { type: 'string', requiresArg: true, describe: 'a folder that holds files to fetch already' },
    }),
  handler: install,
};

const listCommand: CommandModule<object, { json: boolean }> = {
  command: ['list', '$0'],
  describe: 'The tensor backends that are here, the one that is used first',
  builder: command => command.option('json', { type: 'boolean', default: false, describe: 'JSON' }),
  handler: list,
};

export const backendCommand: CommandModule = {
  command: 'backend',
  describe: 'Native TensorFlow: install it, list what is there',
  builder: (command: Argv) => command.command(installCommand).command(listCommand),
  handler: () => undefined,
};

async function install({ cpu, cuda, from }: InstallArguments): Promise<void> {
  if (cpu && cuda) {
    throw new SweetspotError('E_USAGE', 'one variant at a time', { allowed: '--cpu or --cuda', got: 'both' });
  }
  const line = progressLine(process.stderr);
  const interrupt = onInterrupt(() => line.say('Stopping; what is fetched is kept.'));
  const { signal } = interrupt;
  try {
    if (!cpu && !cuda && (await hasWorkingStock(signal))) {
      line.say(
        'A stock tfjs-node is here and works: it is used as it is. --cpu or --cuda install ours beside it.',
      );
      return;
    }
    const variant = cuda || (!cpu && hasGpu()) ? 'cuda' : 'cpu';
    line.say(`installing native TensorFlow (${variant})`);
    const { folder, isNew } = await installNative({
      variant,
      from: from ?? null,
      signal,
      onProgress: text => line.update(text),
      onStep: text => line.say(text),
      prove: async packageDir => {
        const difference = await proveNative(packageDir, signal);
        line.say(
          `self-check passed: losses as on wasm (largest relative difference ${difference.toExponential(1)})`,
        );
        return difference;
      },
    });
    line.clear();
    console.log(isNew ? `installed: ${folder}` : `installed already, and whole: ${folder}`);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = interrupt.exitCode() ?? EXIT.interrupted;
  } finally {
    line.clear();
    interrupt.dispose();
  }
}

/** Whether a stock package works and nothing of ours goes before it. */
async function hasWorkingStock(signal: AbortSignal): Promise<boolean> {
  const candidates = await findNative();
  const first = candidates.find(({ problem }) => problem === null);
  if (first?.source !== 'stock') return false;
  return tryBackend({ backend: 'tensorflow' }, signal).then(
    () => true,
    () => false,
  );
}

async function list({ json }: { json: boolean }): Promise<void> {
  const natives = await findNative();
  const used = natives.find(({ problem }) => problem === null);
  const rows = [
    ...natives.map(candidate => ({ ...rowOf(candidate), used: candidate === used })),
    { backend: 'wasm', detail: 'comes with npm', problem: null, fix: null, used: used === undefined },
    { backend: 'cpu', detail: 'comes with npm; slow, for checks', problem: null, fix: null, used: false },
  ];
  if (json) {
    console.log(JSON.stringify(rows));
    return;
  }
  for (const { backend, detail, problem, fix, used: isUsed } of rows) {
    console.log(`${isUsed ? '*' : ' '} ${backend.padEnd(11)} ${detail}`);
    if (problem !== null) console.log(`  ${' '.repeat(11)} not used: ${problem}. Mend it: ${fix}`);
  }
  if (natives.length === 0) {
    console.log(inOurWords('\nNative TensorFlow is several times faster: `sweetspot backend install`'));
  }
}

function rowOf(candidate: NativeCandidate) {
  const { source, variant, folder, problem } = candidate;
  return {
    backend: 'tensorflow',
    detail: `${source === 'stock' ? 'stock tfjs-node' : variant}, ${folder}`,
    source,
    variant,
    folder,
    problem,
    fix: problem === null ? null : repairLine(candidate),
  };
}
