// A small convolutional classifier of the known things, trained on composed pictures: a judge that shares nothing with the
// CLIP that scores are made of. It is kept in a folder and trained again only where it is not there.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { TorchGenerator } from '../../dist/core/random/torchGenerator.js';
import { initializeLikeTorch } from '../../dist/diffusion/nn/initialize.js';
import { Conv2d, GroupNorm, Linear } from '../../dist/diffusion/nn/layers/index.js';
import { ParameterScope } from '../../dist/diffusion/nn/parameter.js';
import { SafetensorsFile } from '../../dist/diffusion/safetensors/safetensorsFile.js';
import { writeSafetensors } from '../../dist/diffusion/safetensors/writeSafetensors.js';
import { createStep } from '../../dist/trainer/createStep.js';
import { batchDice, pixelsOf } from '../../dist/trainer/pretrain/composedBatch.js';
import { levelRate } from '../../dist/trainer/pretrain/levelRate.js';
import { drawScene } from '../../dist/trainer/pretrain/scene.js';

const WIDTHS = [24, 48, 96, 160];
const GROUPS = 8;
const BATCH = 32;
const RATE = { learningRate: 2e-3, warmupSteps: 50, decay: 0.5 };
const SEED = 4242;

class Classifier {
  constructor(classes) {
    const scope = new ParameterScope();
    this.parameters = scope.list;
    this.levels = WIDTHS.map((width, i) => ({
      conv: new Conv2d(scope.at(`conv${i}`), WIDTHS[i - 1] ?? 3, width, 3, {
        stride: 2,
        padding: [0, 1, 0, 1],
      }),
      norm: new GroupNorm(scope.at(`norm${i}`), width, GROUPS, 1e-5),
    }));
    this.out = new Linear(scope.at('out'), WIDTHS.at(-1), classes);
  }

  /** Pictures [B, S, S, 3] in -1..1 to the share of each class, [B, classes]. */
  forward(pictures) {
    const hidden = this.levels.reduce(
      (x, { conv, norm }) => norm.forward(conv.forward(x), { silu: true }),
      pictures,
    );
    return tf.softmax(this.out.forward(tf.mean(hidden, [1, 2])));
  }
}

/**
 * @param path of the weights, which are written there after training
 * @param updates of training, where it is needed
 * @returns the classes of pictures, likeliest first, as indices of `things`
 */
export async function trainedClassifier({ things, size, path, updates, say }) {
  const model = new Classifier(things.length);
  initializeLikeTorch(model.parameters, new TorchGenerator(SEED));
  if (existsSync(path)) await read(model, path);
  else {
    await train(model, { things, size, updates, say });
    mkdirSync(dirname(path), { recursive: true });
    const tensors = model.parameters.map(p => ({
      name: p.name,
      shape: p.shape,
      dtype: 'F32',
      data: p.get(),
    }));
    await writeSafetensors(path, tensors, { format: 'pt' });
  }
  return images => {
    const shares = tf.tidy(() => model.forward(pixelsOf(images.map(image => ({ image }))))).arraySync();
    return shares.map(row =>
      row
        .map((share, i) => [share, i])
        .toSorted((a, b) => b[0] - a[0])
        .map(([, i]) => i),
    );
  };
}

async function read(model, path) {
  const file = SafetensorsFile.open(path);
  for (const parameter of model.parameters) parameter.set(file.read(parameter.name));
  file.close();
}

async function train(model, { things, size, updates, say }) {
  const step = createStep({
    feeds: ({ scenes, labels }) => ({
      pictures: pixelsOf(scenes),
      right: tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), things.length), 'float32'),
    }),
    loss: ({ pictures, right }) => {
      const share = tf.sum(tf.mul(model.forward(pictures), right), 1);
      return tf.neg(tf.mean(tf.log(tf.add(share, 1e-8))));
    },
    groups: [model.parameters.map(weight => ({ name: weight.name, weight }))],
    frozen: [],
    options: {
      adamBeta1: 0.9,
      adamBeta2: 0.99,
      adamEpsilon: 1e-8,
      adamWeightDecay: 0.01,
      maxGradNorm: 1,
      gradientAccumulationSteps: 1,
    },
    gradientCheckpointing: false,
    identity: ['bench/pocket classifier', things.length, size],
  });
  let mean = 0;
  for (let i = 0; i < updates; i++) {
    const dice = batchDice(i, SEED);
    const labels = Array.from({ length: BATCH }, () => dice.whole(0, things.length));
    const scenes = labels.map(label => drawScene(dice, [things[label]], { size, pairs: 0 }));
    const loss = await step.accumulate({ scenes, labels });
    await step.apply([levelRate(i, updates, RATE)]);
    mean = i === 0 ? loss : 0.98 * mean + 0.02 * loss;
    if ((i + 1) % 200 === 0) say(`classifier: update ${i + 1} of ${updates}, loss ${mean.toFixed(3)}`);
  }
  step.dispose();
}
