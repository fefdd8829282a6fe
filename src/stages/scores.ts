/** What pictures can be measured by; docs/scores.md is this table in words. */
export const SCORE_NAMES = [
  'clip_i',
  'clip_t',
  'dino_i',
  'copy',
  'leak',
  'other_prompts',
  'diversity',
  'noise',
] as const;

export type ScoreName = (typeof SCORE_NAMES)[number];

/** What computes a score: a CLIP folder, a ViT folder, or nothing but the pixels. */
export type Scorer = 'clip' | 'dino' | 'pixels';

/**
 * What is measured: `subject`, a picture of one of the sweep's prompts; `other`, one of a prompt without the subject;
 * `group`, all seeds of one snapshot, sampler and prompt.
 */
export type ScoreRole = 'subject' | 'other' | 'group';

export interface ScoreDefinition {
  title: string;
  /** Whether more of it is better. */
  direction: 'higher' | 'lower';
  /** Values it can take; null: without an end. */
  range: readonly [number | null, number | null];
  /** `picture`: a value for every picture; `group`: one for all seeds of the same snapshot, sampler and prompt. */
  unit: 'picture' | 'group';
  /** Which pictures it is about: those of the sweep's prompts, or those of prompts without the subject. */
  pictures: 'subject' | 'other';
  scorer: Scorer;
  /** Whether it cannot be computed without photos of the subject that were not trained on (`held_out_dir`). */
  needsHeldOut: boolean;
  definition: string;
  source: string;
  /** What a person should not believe of it. */
  whatItMisses: string;
}

const DREAMBOOTH = 'Ruiz et al. 2022, DreamBooth (arXiv 2208.12242), section 4';

export const SCORES: Readonly<Record<ScoreName, ScoreDefinition>> = {
  clip_i: {
    title: 'Subject (CLIP-I)',
    direction: 'higher',
    range: [-1, 1],
    unit: 'picture',
    pictures: 'subject',
    scorer: 'clip',
    needsHeldOut: false,
    definition:
      "Mean cosine of the picture's CLIP image embedding with those of the held-out photos, or of the training photos where none are held out.",
    source: DREAMBOOTH,
    whatItMisses:
      'Background, pose and framing count as much as the subject: a picture that copies a photo scores best, and another animal of the same kind scores well.',
  },
  clip_t: {
    title: 'Prompt (CLIP-T)',
    direction: 'higher',
    range: [-1, 1],
    unit: 'picture',
    pictures: 'subject',
    scorer: 'clip',
    needsHeldOut: false,
    definition:
      "Cosine of the picture's CLIP image embedding with the prompt's text embedding; words that stand in the instance prompt and not in the class prompt (the rare token) are left out, for CLIP has never read them.",
    source: DREAMBOOTH,
    whatItMisses:
      'CLIP counts, and tells left from right, badly; it sees that words are there, not how they belong together. Values of different prompts cannot be compared.',
  },
  dino_i: {
    title: 'Subject (DINO)',
    direction: 'higher',
    range: [-1, 1],
    unit: 'picture',
    pictures: 'subject',
    scorer: 'dino',
    needsHeldOut: false,
    definition:
      "Mean cosine of the picture's ViT class-token embedding with those of the held-out photos, or of the training photos where none are held out.",
    source: `${DREAMBOOTH}; the paper uses DINO ViT-S/16`,
    whatItMisses:
      'Tells individuals of one kind apart better than CLIP does, but a change of pose or light costs as much as a wrong subject.',
  },
  copy: {
    title: 'Copying',
    direction: 'lower',
    range: [-2, 2],
    unit: 'picture',
    pictures: 'subject',
    scorer: 'clip',
    needsHeldOut: true,
    definition:
      'CLIP cosine with the nearest training photo, less that with the nearest held-out photo, each among equally many photos (the mean over all choices of so many). Above 0: nearer to what it was trained on than to the subject as such.',
    source: 'ours, after the nearest-neighbour checks of Carlini et al. 2023 (arXiv 2301.13188)',
    whatItMisses:
      'CLIP sees no pixels: a mirrored or recoloured copy passes for a new picture. With few photos, chance decides which ones were held out.',
  },
  leak: {
    title: 'Leak into other prompts',
    direction: 'lower',
    range: [-1, 1],
    unit: 'picture',
    pictures: 'other',
    scorer: 'clip',
    needsHeldOut: false,
    definition:
      'Mean cosine of the CLIP image embedding of a picture of another prompt (see other_prompts) with those of the training photos. To be read beside the untrained model.',
    source: `the prior preservation metric of ${DREAMBOOTH}, with CLIP in place of DINO and more than one prompt`,
    whatItMisses:
      "Where the other prompt is of the subject's own class, some likeness is right; a destroyed model leaks nothing and is no better for it.",
  },
  other_prompts: {
    title: 'Other prompts (CLIP-T)',
    direction: 'higher',
    range: [-1, 1],
    unit: 'picture',
    pictures: 'other',
    scorer: 'clip',
    needsHeldOut: false,
    definition:
      'CLIP-T of pictures of prompts without the subject: what the model could do before and should still be able to.',
    source: `the language drift of ${DREAMBOOTH}, measured as CLIP-T`,
    whatItMisses: 'A handful of prompts stands for everything the model knows.',
  },
  diversity: {
    title: 'Diversity',
    direction: 'higher',
    range: [0, 2],
    unit: 'group',
    pictures: 'subject',
    scorer: 'clip',
    needsHeldOut: false,
    definition:
      'One less the mean cosine between the CLIP image embeddings of all pairs of pictures of one prompt that differ in their seed. Wants two seeds.',
    source: `the DIV metric of ${DREAMBOOTH}, with CLIP in place of LPIPS`,
    whatItMisses: 'Noise and ruin are diverse, too; two seeds say little.',
  },
  noise: {
    title: 'Noise',
    direction: 'lower',
    range: [null, null],
    unit: 'picture',
    pictures: 'subject',
    scorer: 'pixels',
    needsHeldOut: false,
    definition:
      "Base-2 logarithm of the picture's high-frequency residue over the larger of two: the training photos' (median, at the picture's size) and that of the untrained model's picture of the same prompt, seed and sampler, where there is one. 0: no noisier than those; 1: twice.",
    source: 'the residue is Immerkær 1996, Fast Noise Variance Estimation',
    whatItMisses:
      'Stripes, grass and fur are residue, too, and a blurred ruin has none. Blotches and wrong colours are not seen.',
  },
};
