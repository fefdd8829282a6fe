import { SweetspotError } from '../core/errors.ts';
import { suggest } from '../sweep/suggest.ts';
import { isPositional } from './usageError.ts';

/** What yargs has to say of its options while a command line is read; its types leave it out. */
interface YargsOptions {
  array: string[];
  boolean: string[];
  key: Record<string, unknown>;
  alias: Record<string, string[]>;
}

/** The options of the command that was chosen: known from the moment that its words are read, before they are checked. */
export class ChosenOptions {
  readonly #args: readonly string[];
  #names: string[] = [];

  constructor(args: readonly string[]) {
    const end = args.indexOf('--');
    this.#args = end < 0 ? args : args.slice(0, end);
  }

  /**
   * A middleware of yargs: learns the names, and refuses an option that takes one value and was given several. (Without
   * `duplicate-arguments-array` yargs keeps the last, of lists, too; with it, it hands on all, but for the default.)
   */
  readonly look = (yargs: unknown): void => {
    const { array, boolean, key, alias } = (yargs as { getOptions(): YargsOptions }).getOptions();
    const groups = Object.keys(key).map(name => [...new Set([name, ...(alias[name] ?? [])])]);
    this.#names = [...new Set(groups.flat())].filter(name => !isPositional(name));
    const mayRepeat = new Set([...array, ...boolean]);
    for (const group of groups) {
      const typed = this.#typed().filter(word => group.includes(nameOf(word)));
      if (typed.length < 2 || group.some(name => mayRepeat.has(name))) continue;
      throw new SweetspotError('E_USAGE', 'given more than once', {
        place: [...new Set(typed)].join(', '),
        allowed: 'one value',
      });
    }
  };

  /** What may be meant by options that the command does not have: `Did you mean --prompt?` */
  hint(): string | null {
    const unknown = this.#typed().filter(
      word => word.startsWith('--') && !this.#names.includes(nameOf(word)),
    );
    const found = [...new Set(unknown)].flatMap(word => {
      const meant = suggest(nameOf(word), this.#names);
      return meant === null ? [] : [{ word, meant: `--${meant}` }];
    });
    const [first] = found;
    if (!first) return null;
    if (unknown.length === 1) return `Did you mean ${first.meant}?`;
    return `Did you mean ${found.map(({ word, meant }) => `${meant} by ${word}`).join(', ')}?`;
  }

  /** The options as they stand on the command line, without values. */
  #typed(): string[] {
    return this.#args.filter(arg => /^--?[^-=\d]/.test(arg)).map(arg => arg.replace(/=.*$/s, ''));
  }
}

const nameOf = (word: string): string => word.replace(/^--?/, '');
