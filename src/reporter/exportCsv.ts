import type { ReportModel } from './model/reportModel.ts';

/**
 * One line a picture that the sweep asks for (RFC 4180): its settings, state and scores. A text that a spreadsheet would
 * take for a formula gets an apostrophe before it.
 */
export function exportCsv(model: ReportModel): string {
  const axes = model.axes.map(({ name }) => name);
  const extra = ['learning_rate', 'max_train_steps'].filter(name => !axes.includes(name));
  const names = [...new Set(Object.values(model.pictures).flatMap(({ scores }) => Object.keys(scores)))];
  const scores = model.metrics.map(({ name }) => name).filter(name => names.includes(name));
  const rates = new Map(model.trials.map(({ number, learningRate }) => [number, learningRate]));
  const sampler = ['scheduler', 'num_inference_steps', 'guidance_scale'].filter(name => !axes.includes(name));
  const header = [
    ...['trial', 'subject', 'prompt'],
    ...axes.map(name => (name === 'seed' ? 'train_seed' : name)),
    ...[...extra, ...sampler, 'seed', 'state', 'picture'],
    ...scores,
  ];
  const rows = model.cells.map(cell => {
    const picture = model.pictures[cell.picture];
    const of = model.samplers[cell.sampler];
    const more: Record<string, unknown> = {
      learning_rate: cell.trial === null ? null : rates.get(cell.trial),
      max_train_steps: cell.steps,
      scheduler: of?.scheduler,
      num_inference_steps: of?.numInferenceSteps,
      guidance_scale: of?.guidanceScale,
    };
    return [
      ...[cell.trial, cell.subject, cell.prompt],
      ...axes.map(name => cell.values[name] ?? (name === 'max_train_steps' ? cell.steps : null)),
      ...[...extra, ...sampler].map(name => more[name]),
      ...[cell.seed, picture?.state, cell.picture],
      ...scores.map(name => picture?.scores[name as keyof typeof picture.scores]),
    ];
  });
  return [header, ...rows].map(row => `${row.map(field).join(',')}\r\n`).join('');
}

function field(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
