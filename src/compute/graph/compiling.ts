import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';
import { isNativeBackend, type NativeBackend } from '../tensorflow/nativeBackend.ts';

/** Whether steps run as graphs, op by op, or as graphs that XLA compiles to machine code. */
export const COMPILE_MODES = ['on', 'off', 'xla'] as const;

export type CompileMode = (typeof COMPILE_MODES)[number];

export const COMPILE_VARIABLE = 'SWEETSPOT_COMPILE';

let chosen: CompileMode | undefined;
let tell: (message: string) => void = () => undefined;
const told = new Set<string>();

/** Takes the place of SWEETSPOT_COMPILE for this process; undefined gives it back. */
export function chooseCompiling(mode: CompileMode | undefined): void {
  chosen = mode;
}

/** Who is told what could not be compiled. */
export function hearFallbacks(hear: (message: string) => void): void {
  tell = hear;
}

/** @throws E_OPTION for a mode that there is not */
export function compileMode(): CompileMode {
  return chosen ?? checkMode(process.env[COMPILE_VARIABLE] || 'on');
}

/** The native backend if it is in use and graphs are wanted: only there are they to be had. */
export function graphBackend(): NativeBackend | null {
  const backend = tf.backend();
  return isNativeBackend(backend) && compileMode() !== 'off' ? backend : null;
}

/** Whether graphs are to be compiled by XLA. */
export const wantsXla = (): boolean => compileMode() === 'xla';

/** Says once that something runs op by op, and why. */
export const warnOfFallback = (what: string, error: unknown): void =>
  tellOnce(`${what} is computed op by op, which is slower`, error);

/** Says once that something runs as a graph that XLA did not compile, and why. */
export const warnWithoutXla = (what: string, error: unknown): void =>
  tellOnce(`${what} is computed without XLA`, error);

function tellOnce(what: string, error: unknown): void {
  if (told.has(what)) return;
  told.add(what);
  const reason = error instanceof Error ? error.message : String(error);
  // TensorFlow adds where in its own functions an error was passed on.
  tell(`${what}: ${reason.split('\n')[0]}`);
}

function checkMode(mode: string): CompileMode {
  const found = COMPILE_MODES.find(name => name === mode);
  if (found) return found;
  throw new SweetspotError('E_OPTION', 'there is no such way to compile', {
    place: '--compile',
    allowed: COMPILE_MODES.join(', '),
    got: mode,
  });
}
