import { realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How people call this program where they are: `sweetspot` where that is a command, `npx sweetspot` elsewhere. */
export function programName(env: NodeJS.ProcessEnv, script: string): string {
  // npx and npm put their folders of programs before the PATH of the shell.
  if (env.npm_execpath !== undefined || env.npm_command !== undefined) return 'npx sweetspot';
  const here = realPath(script);
  const folders = (env.PATH ?? '').split(delimiter).filter(folder => folder !== '');
  return here !== null && folders.some(folder => realPath(join(folder, 'sweetspot')) === here)
    ? 'sweetspot'
    : 'npx sweetspot';
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** A text for people whose commands, at the begin of a line or of a quotation, are called as they are here. */
export const inOurWords = (text: string, name = programName(process.env, process.argv[1] ?? '')): string =>
  text.replace(/(^|`)( *)(?:npx )?sweetspot (?=[a-z-]*[a-z])/gm, `$1$2${name} `);
