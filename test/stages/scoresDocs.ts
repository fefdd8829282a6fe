import { SCORE_NAMES, SCORES, type ScoreDefinition } from '../../src/stages/scores.ts';

const number = (end: number | null, open: string): string => (end === null ? open : String(end));

function section(name: string, score: ScoreDefinition): string {
  const { title, direction, range, unit, pictures, definition, source, whatItMisses } = score;
  const about = pictures === 'subject' ? "the sweep's prompts" : 'prompts without the subject';
  return `### \`${name}\`: ${title}

${definition}

- ${direction === 'higher' ? 'Higher' : 'Lower'} is better; from ${number(range[0], 'minus infinity')} to ${number(range[1], 'infinity')}.
- One value a ${unit === 'picture' ? 'picture' : 'group of seeds'}, of pictures of ${about}.
- Source: ${source}.
- What it misses: ${whatItMisses}
`;
}

/** The part of docs/scores.md that the table of scores writes. */
export const scoresMarkdown = (): string => SCORE_NAMES.map(name => section(name, SCORES[name])).join('\n');
