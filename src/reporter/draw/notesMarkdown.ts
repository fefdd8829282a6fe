import { headlineText } from '../model/sweetSpot.ts';
import { claimText } from '../notes/claimText.ts';
import { parseNoteQuery } from '../notes/noteQuery.ts';
import { testClaim } from '../notes/testClaim.ts';
import { capital, literal } from '../shared/text.ts';
import { type NoteSources, QUERY_FENCE } from './drawNotes.ts';

const BLOCK = new RegExp(`^\`\`\`${QUERY_FENCE}[ \\t]*\\r?\\n([\\s\\S]*?)^\`\`\`[ \\t]*$`, 'gm');

/** The notes of a sweep for a repository: the author's own Markdown, with what its blocks found in their place. */
export function notesMarkdown(sources: NoteSources, plain: (text: string) => string): string | null {
  const { notes } = sources.model.sweep;
  if (notes === null || notes.trim() === '') return null;
  return literal(notes)
    .replace(BLOCK, (_, block: string) => {
      try {
        return found(sources, block, plain);
      } catch (error) {
        return `*This quote cannot be drawn: ${plain((error as Error).message)}*`;
      }
    })
    .trim();
}

function found(
  { model, measured, charts }: NoteSources,
  block: string,
  plain: (text: string) => string,
): string {
  const query = parseNoteQuery(block);
  switch (query.kind) {
    case 'claim': {
      const result = testClaim(model, measured, query);
      return `> **${capital(result.verdict)}:** ${plain(query.text)}  \n> ${plain(claimText(model, query.metric, result))}`;
    }
    case 'chart': {
      if (!charts.some(({ chart }) => chart.id === query.id))
        throw new Error(`chart ${query.id}: there is none`);
      return `![${plain(query.id)}](charts/${query.id}.png)`;
    }
    case 'answer':
      return model.answers
        .filter(({ subject }) => query.subject === null || subject === query.subject)
        .map(({ subject, best, reason }) => {
          const setting = best === null ? undefined : model.settings[best];
          return `**${plain(subject)}: ${setting ? plain(headlineText(setting)) : 'nothing was measured'}.** ${plain(reason)}`;
        })
        .join('\n\n');
    default:
      return `*${plain(query.title) || 'Pictures'}: see index.html*`;
  }
}
