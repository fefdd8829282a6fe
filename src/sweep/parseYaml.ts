import { parse } from 'yaml';

/**
 * The value of a small piece of YAML inside another text (a query in the notes of a sweep).
 *
 * @throws Error with one line, where it is no YAML
 */
export function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new Error((error instanceof Error ? error.message : String(error)).split('\n')[0]);
  }
}
