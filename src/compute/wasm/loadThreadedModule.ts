import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { guardHeap } from './guardHeap.ts';
import type { WasmModule } from './wasmBackend.ts';

type Factory = (options: {
  locateFile(file: string): string | URL;
  mainScriptUrlOrBlob: string;
  print(line: string): void;
  printErr(line: string): void;
}) => Promise<WasmModule>;

const require = createRequire(import.meta.url);

/** The events emscripten listens to in order to rethrow; one stray error would print its whole minified source. */
const HIJACKED_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Instantiates the threaded SIMD build of tfjs' wasm backend in Node, where tfjs' own loader offers only the
 * single-threaded one. At most `threads` threads will be allowed to start.
 */
export async function loadThreadedModule(threads: number): Promise<WasmModule> {
  const folder = path.join(
    path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')),
    'wasm-out',
  );
  const mainScript = path.join(folder, 'tfjs-backend-wasm-threaded-simd.js');
  const workerScript = path.join(folder, 'tfjs-backend-wasm-threaded-simd.worker.js');
  const loaded = require(mainScript) as Factory | { default: Factory };
  const factory = typeof loaded === 'function' ? loaded : loaded.default;

  const module = await withCpuCount(2 * threads, () =>
    withoutNewProcessHandlers(() =>
      factory({
        locateFile: file => (file.endsWith('.worker.js') ? workerUrl(workerScript) : path.join(folder, file)),
        mainScriptUrlOrBlob: mainScript,
        print: () => {},
        printErr: line => process.stderr.write(`${line}\n`),
      }),
    ),
  );
  module.tfjs = {
    init: module.cwrap('init', null, []) as () => void,
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']) as (
      count: number,
    ) => void,
    getThreadsCount: module.cwrap('get_threads_count', 'number', []) as () => number,
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']) as (
      id: number,
      size: number,
      memoryOffset: number,
    ) => void,
    disposeData: module.cwrap('dispose_data', null, ['number']) as (id: number) => void,
    dispose: module.cwrap('dispose', null, []) as () => void,
  };
  guardHeap(module);
  return module;
}

/**
 * The package ships the thread script as a string in a module, meant for a blob, which Node's Worker does not take. A
 * data URL does, and leaves no file behind: it evaluates the string as Node would a CommonJS file.
 */
function workerUrl(workerScript: string): URL {
  const file = JSON.stringify(workerScript);
  const source = [
    `import { createRequire } from 'node:module';`,
    `const require = createRequire(${file});`,
    // The string lost one level of escapes: line breaks stand inside its literals.
    `const script = require(${file}).wasmWorkerContents.replaceAll('\\n', '\\\\n');`,
    `new Function('require', '__filename', script)(require, ${file});`,
  ].join('\n');
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

/** The module allows itself half as many threads as `os.cpus()` has entries, and looks only while it starts. */
async function withCpuCount<T>(count: number, start: () => Promise<T>): Promise<T> {
  const real = os.cpus;
  const list = real();
  const one = list[0] ?? { model: '', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } };
  os.cpus = () => Array.from({ length: Math.max(count, list.length) }, () => one);
  try {
    return await start();
  } finally {
    os.cpus = real;
  }
}

async function withoutNewProcessHandlers<T>(start: () => Promise<T>): Promise<T> {
  const listenersOf = (event: string) => process.listeners(event as 'uncaughtException');
  const before = HIJACKED_EVENTS.map(event => listenersOf(event));
  try {
    return await start();
  } finally {
    HIJACKED_EVENTS.forEach((event, i) => {
      for (const listener of listenersOf(event)) {
        if (!before[i]?.includes(listener)) process.removeListener(event, listener);
      }
    });
  }
}
