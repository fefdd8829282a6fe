import type { Subject, Sweep } from '../sweep/types.ts';

/** Things that any model knows, to ask for beside the subject's own class. */
const EVERYDAY = ['dog', 'red apple', 'house'];

/** How many prompts are made up where none are given. */
const COUNT = 3;

/**
 * The prompts without the subject by which a trial's leak and its memory are judged: those of the file; else the class
 * prompt, where the subject leaks first, and a few everyday things. None where no such score is asked for.
 */
export function otherPrompts({ score }: Sweep, subject: Subject): string[] {
  const wanted = score?.metrics.some(name => name === 'leak' || name === 'other_prompts') ?? false;
  if (!wanted || score?.clipDir === null) return [];
  if (score?.otherPrompts) return score.otherPrompts;
  const { classPrompt } = subject;
  const known = new Set((classPrompt ?? '').toLowerCase().split(/\W+/));
  const things = EVERYDAY.filter(thing => !thing.split(' ').some(word => known.has(word)));
  const asked = things.map(thing => `a photo of a ${thing}`);
  return [...(classPrompt === null ? [] : [classPrompt]), ...asked].slice(0, COUNT);
}

/**
 * A prompt without the words that only name the subject: those of the instance prompt that the class prompt has not. A CLIP
 * has never read them. Without a class prompt nobody can tell which these are, and the prompt stays as it is.
 */
export function promptForClip(prompt: string, { instancePrompt, classPrompt }: Subject): string {
  if (classPrompt === null) return prompt;
  const bare = (word: string): string => word.toLowerCase().replace(/[^\p{L}\p{N}<>_-]/gu, '');
  const words = (text: string): Set<string> => new Set(text.split(/\s+/).map(bare));
  const known = words(classPrompt);
  const rare = new Set([...words(instancePrompt)].filter(word => word !== '' && !known.has(word)));
  const kept = prompt.split(/\s+/).filter(word => !rare.has(bare(word)));
  return kept.length === 0 ? prompt : kept.join(' ');
}
