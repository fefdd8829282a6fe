// Compiles assembly/ to dist/compute/wasm/kernels.wasm with AssemblyScript; does nothing when that is up to date.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const target = new URL('dist/compute/wasm/kernels.wasm', root);
const changedAt = url => statSync(url, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = readdirSync(new URL('assembly/', root), { recursive: true })
  .filter(name => name.endsWith('.ts'))
  .map(name => new URL(`assembly/${name}`, root));
const newest = Math.max(...[...sources, new URL(import.meta.url)].map(changedAt));

if (changedAt(target) <= newest) {
  const { main } = await import('assemblyscript/asc');
  let wasm;
  const { error, stderr } = await main(
    [
      fileURLToPath(new URL('assembly/index.ts', root)),
      ...[
        '--baseDir',
        fileURLToPath(root),
        '--outFile',
        'kernels.wasm',
        '-O3',
        '--noAssert',
        '--runtime',
        'stub',
      ],
      ...['--enable', 'simd,threads,bulk-memory', '--importMemory', '--sharedMemory', '--use', 'abort='],
      // What tfjs' threaded heap has: the limits must match for the memory to be shared.
      ...['--initialMemory', '256', '--maximumMemory', '65536'],
    ],
    {
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) wasm = contents;
      },
    },
  );
  if (error || !wasm) {
    process.stderr.write(`${stderr.toString()}\n${error?.message ?? 'no kernels came out'}\n`);
    process.exit(1);
  }
  // Several builds may run at once: never let anyone read half a file.
  mkdirSync(new URL('./', target), { recursive: true });
  const temporary = new URL(`kernels.${process.pid}.tmp`, target);
  try {
    writeFileSync(temporary, wasm);
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}
