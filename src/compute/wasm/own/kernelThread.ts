import { workerData } from 'node:worker_threads';
import { CONTROL, doPieces, type Kernel, type ThreadData } from './poolProtocol.ts';

/** Looks at the ticket this often before going to sleep: some ten microseconds, about the gap between two kernels. */
const LOOKS = 4000;

const { module, memory, control: shared, names, index } = workerData as ThreadData;
const control = new Int32Array(shared);
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const kernels = names.map(name => exports[name] as Kernel);

for (;;) {
  const before = Atomics.load(control, CONTROL.ticket);
  if (Atomics.load(control, CONTROL.stopped)) break;
  doPieces(control, kernels, index);
  const seen = Atomics.load(control, CONTROL.ticket);
  if (seen !== before) continue;
  let looks = 0;
  while (looks < LOOKS && Atomics.load(control, CONTROL.ticket) === seen) looks++;
  if (looks < LOOKS) continue;
  // Counted before the wait looks at the ticket again, so that no new job is missed.
  Atomics.add(control, CONTROL.sleepers, 1);
  Atomics.wait(control, CONTROL.ticket, seen);
  Atomics.sub(control, CONTROL.sleepers, 1);
}
