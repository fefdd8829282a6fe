const COLUMNS = ['case', 'configuration', 'steps', 'worst difference', 'verdict'];

/** A Markdown table of rows of comparePictures and compareTrainings, the model's configuration under its first case. */
export function table(rows) {
  const lines = [COLUMNS, COLUMNS.map(() => '---')];
  let model;
  for (const row of rows) {
    if (row.model !== model) lines.push([`**${row.case.split(' ')[0]}**`, row.model, '', '', '']);
    model = row.model;
    lines.push([row.case, row.configuration, String(row.steps), worst(row), row.verdict]);
  }
  return lines.map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

/** One line for the terminal while the run goes on. */
export const progress = row =>
  `${row.case}: ${row.configuration}, ${row.steps} steps: ${worst(row)} ${row.verdict}`;

function worst(row) {
  if (row.refusal) {
    const { reference, ours } = row.refusal;
    return [reference && `reference: ${reference}`, ours && `sweetspot: ${ours}`].filter(Boolean).join('; ');
  }
  if (row.mean !== undefined) return `mean ${row.mean.toFixed(4)}, max ${row.max}`;
  const { ours, again } = row;
  const own = `the script itself: ${digits(again.loss.worst)}, ${digits(again.weights.difference)}`;
  return `loss ${digits(ours.loss.worst)}, weights ${digits(ours.weights.difference)} (${own})`;
}

const digits = value => value.toExponential(1);
