import { TRAIN_OPTIONS, type TrainOption } from './trainOptionTable.ts';

/** An option that both scripts have, with what is different in this one. */
function shared(name: string, change: Partial<TrainOption> = {}): TrainOption {
  const option = TRAIN_OPTIONS.find(each => each.name === name);
  if (!option) throw new RangeError(`train_dreambooth.py has no option ${name}`);
  return { ...option, ...change };
}

const own = (option: Omit<TrainOption, 'support'>): TrainOption => ({
  ...option,
  support: { kind: 'supported' },
});

const VALIDATION = {
  support: {
    kind: 'ignored',
    because: 'no validation pictures are made during training; sample with a saved embedding instead',
  },
} as const;

/** The options of diffusers' textual_inversion.py; names, types and defaults are the script's. */
export const INVERSION_OPTIONS: readonly TrainOption[] = [
  shared('pretrained_model_name_or_path'),
  own({
    name: 'train_data_dir',
    type: 'path',
    default: null,
    required: true,
    description: 'folder with the photos of the subject or style',
  }),
  own({
    name: 'placeholder_token',
    type: 'string',
    default: null,
    required: true,
    description: 'the new word, one that the tokenizer does not have, such as <moji>',
  }),
  own({
    name: 'initializer_token',
    type: 'string',
    default: null,
    required: true,
    description: 'a word of one token that the new one begins as, such as cat',
  }),
  own({
    name: 'num_vectors',
    type: 'integer',
    default: 1,
    min: 1,
    description: 'vectors that stand for the word together',
  }),
  own({
    name: 'learnable_property',
    type: 'string',
    default: 'object',
    choices: ['object', 'style'],
    description: 'what the word stands for: it chooses the prompts of training',
  }),
  own({
    name: 'repeats',
    type: 'integer',
    default: 100,
    min: 1,
    description: 'how often an epoch shows every photo',
  }),
  shared('output_dir', {
    default: 'text-inversion-model',
    description: 'where the embeddings, the model with the new word and the checkpoints go',
  }),
  own({
    name: 'save_steps',
    type: 'integer',
    default: 500,
    min: 1,
    description: 'updates between two saved embeddings, learned_embeds-steps-N.safetensors',
  }),
  own({
    name: 'save_as_full_pipeline',
    type: 'flag',
    default: false,
    description: 'write the whole model with the new word, too',
  }),
  shared('seed'),
  shared('resolution', { description: 'side in pixels of the square that photos are resized to' }),
  shared('center_crop', {
    description: 'cut the middle square before resizing; otherwise photos are squeezed',
  }),
  shared('train_batch_size', { default: 16, description: 'photos in a batch' }),
  shared('num_train_epochs', { default: 100 }),
  shared('max_train_steps', { default: 5000 }),
  shared('gradient_accumulation_steps'),
  shared('gradient_checkpointing'),
  shared('learning_rate', { default: 1e-4, description: 'learning rate of the embedding' }),
  shared('scale_lr'),
  shared('lr_scheduler'),
  shared('lr_warmup_steps'),
  shared('lr_num_cycles'),
  shared('adam_beta1'),
  shared('adam_beta2'),
  shared('adam_weight_decay'),
  shared('adam_epsilon'),
  shared('checkpointing_steps'),
  shared('checkpoints_total_limit'),
  shared('resume_from_checkpoint'),
  shared('revision'),
  shared('variant'),
  shared('tokenizer_name'),
  shared('dataloader_num_workers'),
  shared('push_to_hub'),
  shared('hub_token'),
  shared('hub_model_id'),
  shared('logging_dir'),
  shared('mixed_precision', {
    default: 'no',
    description: 'precision of the arithmetic',
    support: { kind: 'refused', because: 'embeddings are trained in float32', except: ['no'] },
  }),
  shared('allow_tf32'),
  shared('report_to'),
  shared('validation_prompt', VALIDATION),
  shared('num_validation_images', VALIDATION),
  shared('validation_steps', VALIDATION),
  {
    ...shared('validation_steps', VALIDATION),
    name: 'validation_epochs',
    default: null,
    description: 'how often, in epochs',
  },
  shared('local_rank'),
  shared('enable_xformers_memory_efficient_attention'),
  {
    name: 'no_safe_serialization',
    type: 'flag',
    default: false,
    description: 'save embeddings in a format that can run code',
    support: { kind: 'refused', because: 'embeddings are written as safetensors only' },
  },
];
