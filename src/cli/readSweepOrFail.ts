import { SweetspotError } from '../core/errors.ts';
import { readSweep, type SweepChanges } from '../sweep/readSweep.ts';
import type { Diagnostic, Sweep } from '../sweep/types.ts';

/** Reads a sweep file; prints everything that is wrong with it, hands it on, and fails with E_SWEEP. */
export async function readSweepOrFail(
  path: string,
  changes: SweepChanges = {},
  onDiagnostic: (diagnostic: Diagnostic) => void = () => undefined,
): Promise<Sweep> {
  const result = await readSweep(path, changes);
  if (result.ok) return result.sweep;
  const { diagnostics } = result;
  for (const diagnostic of diagnostics) {
    const { message, excerpt } = diagnostic;
    onDiagnostic(diagnostic);
    console.error([message, ...excerpt.map(line => `    ${line}`)].join('\n'));
  }
  const count = diagnostics.length === 1 ? 'one problem' : `${diagnostics.length} problems`;
  throw new SweetspotError('E_SWEEP', `${count} in the sweep file`, {
    place: path,
    hint: 'Nothing was started',
  });
}
