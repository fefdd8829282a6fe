import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';

/** A place in a value: names of keys and indices of list items, from the top. */
export type Path = readonly (string | number)[];

export interface Position {
  line: number;
  column: number;
  /** The argument of the command line that the place is in, if it is not in the file. */
  argument?: string;
}

/** A YAML text as a plain value that remembers where each part of it stood. */
export interface YamlSource {
  /** Null, booleans, numbers, strings, arrays, and objects without a prototype. */
  value: unknown;
  /** Where the text is no valid YAML, or more than a sweep file should be. */
  problems: { position: Position; what: string; hint?: string }[];
  /** Whether there is anything at this path, right or wrong. */
  has(path: Path): boolean;
  /** Where the value of this path stands; of its nearest ancestor that there is, otherwise. */
  valueAt(path: Path): Position;
  /** Where its key stands; the same fallback. */
  keyAt(path: Path): Position;
  /** The text of a line, counted from 1. */
  lineText(line: number): string;
}

/** More than any honest sweep file holds, and little enough for an alias bomb to end quickly. */
const MAX_NODES = 50_000;
const MAX_DEPTH = 64;
const MAX_ALIASES = 1000;

/** Reads one YAML 1.2 document: unique keys, no custom tags, aliases followed within bounds. Never throws. */
export function parseYaml(text: string): YamlSource {
  // The walk checks that keys are unique: the library would compare each with all before it.
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error', uniqueKeys: false });
  const starts = lineStarts(text);
  const position = (offset: number): Position => {
    const line = countUpTo(starts, Math.min(offset, text.length));
    return { line, column: Math.min(offset, text.length) - (starts[line - 1] ?? 0) + 1 };
  };

  const problems: YamlSource['problems'] = [...document.errors, ...document.warnings].map(error => ({
    position: position(error.pos[0]),
    what: WORDS[error.code] ?? oneSentence(error.message),
    ...(HINTS[error.code] && { hint: HINTS[error.code] }),
  }));

  const places = new Map<string, { key: number; value: number }>();
  const walk = new Walk(document, places, (offset, what) => {
    problems.push({ position: position(offset), what });
  });
  const value = problems.length === 0 ? walk.visit(document.contents, [], 0) : null;
  const lines = text.split(/\r\n|\r|\n/);

  const lookUp = (path: Path, part: 'key' | 'value'): Position => {
    for (let length = path.length; length >= 0; length--) {
      const place = places.get(pathId(path.slice(0, length)));
      if (!place) continue;
      // A single value stands for the first item of its list; any other missing part is looked for at its parent's key.
      const asItem = typeof path[length] === 'number';
      return position(length === path.length ? place[part] : asItem ? place.value : place.key);
    }
    return { line: 1, column: 1 };
  };
  return {
    value,
    problems,
    has: path => places.has(pathId(path)),
    valueAt: path => lookUp(path, 'value'),
    keyAt: path => lookUp(path, 'key'),
    lineText: line => lines[line - 1] ?? '',
  };
}

/** Offsets at which lines begin; the library's own counter loses lines inside an unterminated quote. */
const lineStarts = (text: string): number[] => [
  0,
  ...Array.from(text.matchAll(/\r\n|\r|\n/g), match => match.index + match[0].length),
];

/** How many of the ascending numbers are at most `limit`. */
function countUpTo(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What the library says to programmers, for people. */
const WORDS: Record<string, string> = { MULTIPLE_DOCS: 'the file holds multiple documents' };

const HINTS: Record<string, string> = {
  TAB_AS_INDENT: 'Indent with spaces',
  MULTIPLE_DOCS: 'A line of --- begins another one; every sweep has a file of its own',
  BLOCK_AS_IMPLICIT_KEY: 'Put text with a colon in it in quotes; keys of one block are indented alike',
};

const pathId = (path: Path): string => JSON.stringify(path);

const oneSentence = (message: string): string => message.replace(/\s+/g, ' ').replace(/\.$/, '');

/** Turns nodes into plain values, noting their places; the state is the budget of nodes and the chain of aliases. */
class Walk {
  readonly #document: Document;
  readonly #places: Map<string, { key: number; value: number }>;
  readonly #complain: (offset: number, what: string) => void;
  #visited = 0;
  #aliases = 0;
  #stopped = false;

  constructor(
    document: Document,
    places: Map<string, { key: number; value: number }>,
    complain: (offset: number, what: string) => void,
  ) {
    this.#document = document;
    this.#places = places;
    this.#complain = complain;
  }

  visit(node: unknown, path: Path, keyOffset: number): unknown {
    const offset = offsetOf(node) ?? keyOffset;
    this.#places.set(pathId(path), { key: keyOffset, value: offset });
    this.#visited += 1;
    if (isAlias(node)) this.#aliases += 1;
    if (this.#visited > MAX_NODES || this.#aliases > MAX_ALIASES || path.length > MAX_DEPTH) {
      if (!this.#stopped) this.#complain(offset, 'the file holds too much, or aliases that multiply it');
      this.#stopped = true;
    }
    if (this.#stopped) return null;

    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (!target) {
        this.#complain(offset, `there is no anchor &${node.source} before this alias`);
        return null;
      }
      return this.visit(target, path, keyOffset);
    }
    if (isSeq(node)) {
      return node.items.map((item, i) => this.visit(item, [...path, i], offsetOf(item) ?? offset));
    }
    if (isMap(node)) {
      const object: Record<string, unknown> = Object.create(null);
      for (const { key, value } of node.items) {
        const at = offsetOf(key) ?? offset;
        if (!isScalar(key)) {
          this.#complain(at, 'a key must be a plain word');
          continue;
        }
        const name = String(key.value);
        if (name in object) this.#complain(at, `the key ${JSON.stringify(name)} is there twice`);
        object[name] = this.visit(value, [...path, name], at);
      }
      return object;
    }
    return isScalar(node) ? plainScalar(node.value) : null;
  }
}

const offsetOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0];

/** Dates and binary data come only with tags, which are refused before; bigints only on request. */
const plainScalar = (value: unknown): unknown => (typeof value === 'object' ? null : value);
