/**
 * The options of diffusers' train_dreambooth.py: names, types and defaults are the script's (that is the contract);
 * the descriptions and the fate of each option here are ours. The few that the script lacks are marked as our own.
 */
export type OptionType = 'string' | 'path' | 'integer' | 'number' | 'flag' | 'strings';

/**
 * `supported`: does what it does in the script. `no-effect`: accepted silently, for it changes memory or speed there,
 * never the numbers. `ignored`: accepted with a warning, for something the user may expect will not happen.
 * `refused`: any value but the default would change the numbers, and this version cannot do it.
 */
export type OptionSupport =
  | { kind: 'supported' }
  | { kind: 'no-effect' }
  | { kind: 'ignored'; because: string }
  | { kind: 'refused'; because: string; except?: readonly (string | number)[] };

export interface TrainOption {
  name: string;
  type: OptionType;
  default: string | number | boolean | null;
  required?: true;
  choices?: readonly string[];
  /** Smallest value allowed; `above` excludes the bound itself. */
  min?: number;
  above?: number;
  /** Largest value allowed; `below` excludes the bound itself. */
  max?: number;
  below?: number;
  description: string;
  support: OptionSupport;
  /** The script has no such option. */
  own?: true;
}

const supported: OptionSupport = { kind: 'supported' };
const noEffect: OptionSupport = { kind: 'no-effect' };
const ignored = (because: string): OptionSupport => ({ kind: 'ignored', because });
const refused = (because: string, except: readonly (string | number)[] = []): OptionSupport => ({
  kind: 'refused',
  because,
  except,
});

const HUB = ignored('models are folders here; nothing is fetched from or sent to a hub');
const TRACKERS = ignored('losses go to losses.jsonl in the output folder, not to a tracker');

type Extra = Omit<TrainOption, 'name' | 'type' | 'default' | 'description' | 'support' | 'own'>;

function option(
  name: string,
  type: OptionType,
  fallback: TrainOption['default'],
  description: string,
  support: OptionSupport = supported,
  extra: Extra = {},
): TrainOption {
  return { name, type, default: fallback, description, support, ...extra };
}

/** An option that the script does not have. */
const ours = (
  name: string,
  type: OptionType,
  fallback: TrainOption['default'],
  description: string,
  extra: Extra = {},
): TrainOption => ({ ...option(name, type, fallback, description, supported, extra), own: true });
const text = (name: string, description: string, support?: OptionSupport, extra?: Extra): TrainOption =>
  option(name, 'string', null, description, support, extra);
const flag = (name: string, description: string, support?: OptionSupport): TrainOption =>
  option(name, 'flag', false, description, support);

export const TRAIN_OPTIONS: readonly TrainOption[] = [
  option(
    'pretrained_model_name_or_path',
    'path',
    null,
    'base model: a folder in diffusers layout',
    supported,
    {
      required: true,
    },
  ),
  text('revision', 'revision of a model on a hub', HUB),
  text('variant', 'infix of the weight files to read, as in fp16'),
  option('tokenizer_name', 'path', null, 'folder of another tokenizer'),
  option('instance_data_dir', 'path', null, 'folder with the photos of the subject', supported, {
    required: true,
  }),
  option(
    'class_data_dir',
    'path',
    null,
    'folder with pictures of the class; filled up where there are too few',
  ),
  text('instance_prompt', 'prompt that names the subject', supported, { required: true }),
  ours(
    'caption_extension',
    'string',
    null,
    "ending of caption files: cat.txt beside cat.png is that photo's prompt; one without takes instance_prompt",
  ),
  text('class_prompt', 'prompt that names the class'),
  flag('with_prior_preservation', 'train on class pictures, too, so that the class is not forgotten'),
  option('prior_loss_weight', 'number', 1, 'weight of the class pictures in the loss', supported, { min: 0 }),
  option('num_class_images', 'integer', 100, 'class pictures used; missing ones are made first', supported, {
    min: 1,
  }),
  option('output_dir', 'path', 'dreambooth-model', 'where the trained model and the checkpoints go'),
  option('seed', 'integer', null, 'seed of everything random; without it one is chosen and told', supported, {
    min: 0,
    max: 2 ** 32 - 1,
  }),
  option('resolution', 'integer', 512, 'side in pixels of the square that is trained on', supported, {
    min: 8,
  }),
  flag('center_crop', 'cut the square from the middle instead of a random place'),
  flag('train_text_encoder', 'train the text encoder beside the UNet'),
  option('train_batch_size', 'integer', 4, 'photos in a batch (class pictures come on top)', supported, {
    min: 1,
  }),
  option('sample_batch_size', 'integer', 4, 'class pictures made at a time', supported, { min: 1 }),
  option(
    'num_train_epochs',
    'integer',
    1,
    'passes over the data, unless max_train_steps is given',
    supported,
    {
      min: 1,
    },
  ),
  option('max_train_steps', 'integer', null, 'optimizer updates', supported, { min: 1 }),
  option('checkpointing_steps', 'integer', 500, 'updates between two checkpoints', supported, { min: 1 }),
  option('checkpoints_total_limit', 'integer', null, 'checkpoints kept, the newest ones', supported, {
    min: 1,
  }),
  text('resume_from_checkpoint', 'a checkpoint in the output folder to go on from, or latest'),
  option('gradient_accumulation_steps', 'integer', 1, 'batches whose gradients make one update', supported, {
    min: 1,
  }),
  flag('gradient_checkpointing', 'less memory for a third more time, the same numbers'),
  option('learning_rate', 'number', 5e-6, 'learning rate of everything trained', supported, { min: 0 }),
  ours(
    'text_encoder_learning_rate',
    'number',
    null,
    'learning rate of the text encoder where it is trained; as learning_rate unless given',
    { min: 0 },
  ),
  flag('scale_lr', 'multiply the learning rate by batch size and accumulation'),
  option('lr_scheduler', 'string', 'constant', 'how the learning rate changes', supported, {
    choices: ['constant', 'constant_with_warmup', 'linear', 'cosine', 'cosine_with_restarts', 'polynomial'],
  }),
  option('lr_warmup_steps', 'integer', 500, 'updates of linear warm-up; constant has none', supported, {
    min: 0,
  }),
  option('lr_num_cycles', 'integer', 1, 'restarts of cosine_with_restarts', supported, { min: 1 }),
  option('lr_power', 'number', 1, 'exponent of polynomial', supported, { min: 0 }),
  flag('use_8bit_adam', 'moments of AdamW in 8 bits: a quarter of their memory, slightly other updates'),
  option(
    'dataloader_num_workers',
    'integer',
    0,
    'processes that read pictures',
    refused('reading processes draw their own random crops', [0]),
    { min: 0 },
  ),
  option('adam_beta1', 'number', 0.9, 'decay of the first moment', supported, { min: 0, below: 1 }),
  option('adam_beta2', 'number', 0.999, 'decay of the second moment', supported, { min: 0, below: 1 }),
  option('adam_weight_decay', 'number', 1e-2, 'decoupled weight decay', supported, { min: 0 }),
  option('adam_epsilon', 'number', 1e-8, 'epsilon of Adam', supported, { min: 0 }),
  option('max_grad_norm', 'number', 1, 'norm to which all gradients together are clipped', supported, {
    min: 0,
  }),
  ours(
    'use_ema',
    'flag',
    false,
    'save a moving average of the weights (as diffusers EMAModel) in place of the last ones',
  ),
  ours('ema_decay', 'number', 0.9999, 'largest decay of the average', { min: 0, max: 1 }),
  ours('ema_min_decay', 'number', 0, 'smallest decay of the average', { min: 0, max: 1 }),
  ours('ema_update_after_step', 'integer', 0, 'updates before the average begins', { min: 0 }),
  ours('use_ema_warmup', 'flag', false, 'let the decay rise as 1 - (1 + step / ema_inv_gamma) ^ -ema_power'),
  ours('ema_inv_gamma', 'number', 1, 'with use_ema_warmup: how late the decay rises', { above: 0 }),
  ours('ema_power', 'number', 2 / 3, 'with use_ema_warmup: how fast the decay rises', { above: 0 }),
  flag('push_to_hub', 'send the model to a hub', HUB),
  text('hub_token', 'token for the hub', HUB),
  text('hub_model_id', 'name on the hub', HUB),
  option('logging_dir', 'string', 'logs', 'folder of the tracker', TRACKERS),
  flag('allow_tf32', 'less exact multiplication on recent GPUs; elsewhere without effect', supported),
  option('report_to', 'string', 'tensorboard', 'tracker', TRACKERS),
  text('validation_prompt', 'prompt of pictures made during training, into validation/ of the output folder'),
  option('num_validation_images', 'integer', 4, 'validation pictures made at a time', supported, { min: 1 }),
  option('validation_steps', 'integer', 100, 'updates between two times', supported, { min: 1 }),
  option(
    'mixed_precision',
    'string',
    null,
    'products, and what is kept of them, in 16 bits; weights stay float32; on native TensorFlow only',
    supported,
    { choices: ['no', 'fp16', 'bf16'] },
  ),
  option(
    'prior_generation_precision',
    'string',
    null,
    'precision in which class pictures are made',
    refused('class pictures are made in float32; half precision gives other ones', ['no', 'fp32']),
    { choices: ['no', 'fp32', 'fp16', 'bf16'] },
  ),
  option(
    'local_rank',
    'integer',
    -1,
    'place among several processes',
    ignored('one training is one process'),
  ),
  flag(
    'enable_xformers_memory_efficient_attention',
    'another attention kernel',
    ignored('attention is computed in one way here'),
  ),
  flag('set_grads_to_none', 'how gradients are cleared', noEffect),
  flag('offset_noise', 'add noise that is equal over each channel'),
  option('snr_gamma', 'number', null, 'Min-SNR weighting of the loss; 5 is the usual value', supported, {
    above: 0,
  }),
  flag(
    'pre_compute_text_embeddings',
    'encode the prompts once (always done where it makes no difference)',
    noEffect,
  ),
  option('tokenizer_max_length', 'integer', null, 'tokens of a prompt, start and end included', supported, {
    min: 2,
  }),
  flag(
    'text_encoder_use_attention_mask',
    'hide the padding from the text encoder',
    refused('it is for T5; CLIP was trained without'),
  ),
  flag('skip_save_text_encoder', 'leave the text encoder out of the output folder'),
  option(
    'validation_images',
    'strings',
    null,
    'pictures to start validation from',
    refused('Stable Diffusion makes validation pictures from the prompt alone'),
  ),
  text(
    'class_labels_conditioning',
    'timesteps as class labels (DeepFloyd IF)',
    refused('Stable Diffusion v1 has no class embedding'),
  ),
  option(
    'validation_scheduler',
    'string',
    'DPMSolverMultistepScheduler',
    'sampler of validation pictures',
    supported,
    {
      choices: ['DPMSolverMultistepScheduler', 'DDPMScheduler'],
    },
  ),
];
