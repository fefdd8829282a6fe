import { EXIT, SweetspotError } from '../core/errors.ts';
import { inOurWords } from './program.ts';

/** Prints an error in one line (its stack only with --verbose) and gives the exit code that belongs to it. */
export function printError(error: unknown, verbose: boolean): number {
  if (error instanceof SweetspotError) {
    console.error(`sweetspot: ${inOurWords(error.message)} [${error.code}]`);
  } else {
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    console.error(
      `sweetspot: ${what.split('\n')[0]} [E_INTERNAL] This is a bug: please report it, with --verbose output`,
    );
  }
  if (verbose && error instanceof Error) {
    console.error(error.stack);
    if (error.cause instanceof Error) console.error('caused by', error.cause.stack);
  }
  return error instanceof SweetspotError ? error.exitCode : EXIT.trialFailed;
}
