import { SweetspotError } from '../core/errors.ts';

/** Words that stand without dashes, by the name that yargs has for them. */
const POSITIONALS: Record<string, string> = { file: 'FILE', name: 'NAME', model: 'MODEL' };

export const isPositional = (name: string): boolean => Object.hasOwn(POSITIONALS, name);

/** yargs' sentences, and what this tool says instead; what is none of them is passed on. */
const SENTENCES: readonly (readonly [RegExp, (...found: string[]) => Sentence])[] = [
  [/^Missing required arguments?: (.+)$/, found => ({ what: `${optionNames(found)} must be given` })],
  [/^Not enough arguments following: (.+)$/, found => ({ what: `${optionNames(found)} needs a value` })],
  [
    /^Invalid values: Argument: (\S+), Given: (.+), Choices: (.+)$/,
    (name, got, choices) => ({
      place: optionNames(name),
      what: 'not a usable value',
      allowed: `one of ${choices?.replaceAll('"', '')}`,
      got,
    }),
  ],
  [/^Unknown arguments?: (.+)$/, got => ({ what: 'the command line has words that mean nothing here', got })],
  [/^Unknown commands?: (.+)$/, got => ({ what: 'there is no such command', got })],
  [/^Did you mean (.+)\?$/, name => ({ what: `there is no such command; did you mean ${name}` })],
  [/^Not enough non-option arguments/, () => ({ what: 'a word is missing behind the command' })],
];

interface Sentence {
  what: string;
  place?: string | undefined;
  allowed?: string | undefined;
  got?: string | undefined;
}

/**
 * What yargs says of the command line `args`, in one line with a place to look.
 * @param meant a question that may help where options are unknown or missing
 */
export function usageError(
  message: string,
  args: readonly string[],
  meant: string | null = null,
): SweetspotError {
  const text = message
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^Unknown argument: (\S+)$/, (whole, word) =>
      word === args[0] ? `Unknown command: ${word}` : whole,
    );
  const command = args[0] !== undefined && /^[a-z-]+$/.test(args[0]) ? `${args[0]} ` : '';
  const known = !/command/.test(text) && !/^Did you mean/.test(text);
  const question = meant !== null && /^(Unknown|Missing required) arguments?:/.test(text) ? `${meant} ` : '';
  const hint = `${question}See \`sweetspot ${known ? command : ''}--help\``;
  for (const [pattern, say] of SENTENCES) {
    const found = pattern.exec(text);
    if (!found) continue;
    const { what, ...details } = say(...found.slice(1));
    return new SweetspotError('E_USAGE', what, { ...defined(details), hint });
  }
  return new SweetspotError('E_USAGE', text.replace(/[.?]$/, ''), { hint });
}

const optionNames = (names = ''): string =>
  names
    .split(', ')
    .map(name => POSITIONALS[name] ?? (name.startsWith('-') ? name : `--${name}`))
    .join(', ');

const defined = (details: object): Record<string, string> =>
  Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
