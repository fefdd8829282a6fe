import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readText, writeFileAtomic } from '../core/files.ts';
import { sha256Hex } from '../core/hash.ts';
import { TOOL_VERSION } from '../core/version.ts';
import { findLicence } from '../stages/findLicence.ts';

export const CARD_FILE = 'README.md';
const MARK = '<!-- written by sweetspot -->';

/** What a trained model's folder says of itself. */
export interface ModelCard {
  kind: 'DreamBooth' | 'textual inversion';
  /** The folder of the base model, as it was given. */
  baseModel: string;
  /** The options that were given, by the script's names. */
  settings: Readonly<Record<string, unknown>>;
  /** SHA-256 of the photos, in the order of training. */
  photos: readonly string[];
  /** Optimizer updates made. */
  steps: number;
}

/**
 * Writes the model card of a training: where the weights come from, under which licence, how they were made, and what they
 * are not for. A README.md that is not ours stays.
 *
 * @returns false where another README.md is in its place
 */
export async function writeModelCard(dir: string, card: ModelCard): Promise<boolean> {
  const path = join(dir, CARD_FILE);
  if (existsSync(path) && !(await readText(path)).includes(MARK)) return false;
  await writeFileAtomic(path, cardText(card));
  return true;
}

function cardText({ kind, baseModel, settings, photos, steps }: ModelCard): string {
  const licence = findLicence(baseModel);
  const tags = ['stable-diffusion', 'text-to-image', 'diffusers', kind.toLowerCase().replace(' ', '_')];
  const found = licence
    ? `${licence.text} (as ${licence.file} of the base model says). What was learned on top is under the same terms.`
    : 'The folder of the base model names none. Ask where it came from before you pass this on.';
  return `---
license: ${licence ? JSON.stringify(licence.text) : 'unknown'}
base_model: ${JSON.stringify(baseModel)}
tags: [${tags.join(', ')}]
---
${MARK}

# ${kind} on ${baseModel}

Trained by sweetspot ${TOOL_VERSION}: ${kind}, ${steps} updates on ${photos.length} photos.

**Licence of the base model.** ${found}

**Do no harm.** Use pictures of people only with their consent. Do not use this model to harm, deceive, harass or impersonate
anyone, nor to make what the licence of the base model forbids; whoever gets the model gets these terms with it.

| option | value |
|---|---|
${Object.entries(settings)
  .filter(([, value]) => value !== undefined && value !== null)
  .map(([name, value]) => `| ${name} | ${cell(value)} |`)
  .join('\n')}

Photos, SHA-256 over their digests in the order of training: \`${sha256Hex(photos.join('\n'))}\`
`;
}

/** A value in a table's cell: one line, without what would end the cell. */
const cell = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\n', ' ').replaceAll('|', '\\|');
