import * as tf from '@tensorflow/tfjs-core';
import type { NativeAttribute, NativeBackend } from './nativeBackend.ts';

type Four = [number, number, number, number];

interface ConvAttributes {
  strides: number | [number, number];
  pad: Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
  dilations?: number | [number, number];
  dataFormat?: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface ConvCall<Name extends string, A> {
  inputs: Record<Name, tf.TensorInfo>;
  backend: NativeBackend;
  attrs: ConvAttributes & A;
}

/**
 * The three convolution kernels with explicit padding, which TensorFlow has and tfjs-node's own kernels refuse (torch's
 * padding of 1 beside a stride of 2 is neither `same` nor `valid`).
 */
export const conv2D = ({ inputs: { x, filter }, backend, attrs }: ConvCall<'x' | 'filter', object>) =>
  backend.executeSingleOutput('Conv2D', attributesOf(backend, x.shape, filter.shape, attrs), [x, filter]);

export const conv2DBackpropInput = ({
  inputs: { dy, filter },
  backend,
  attrs,
}: ConvCall<'dy' | 'filter', { inputShape: number[] }>) => {
  const attributes = attributesOf(backend, attrs.inputShape, filter.shape, attrs);
  return withShape(attrs.inputShape, shape =>
    backend.executeSingleOutput('Conv2DBackpropInput', attributes, [shape, filter, dy]),
  );
};

export const conv2DBackpropFilter = ({
  inputs: { x, dy },
  backend,
  attrs,
}: ConvCall<'x' | 'dy', { filterShape: number[] }>) => {
  const attributes = attributesOf(backend, x.shape, attrs.filterShape, attrs);
  return withShape(attrs.filterShape, shape =>
    backend.executeSingleOutput('Conv2DBackpropFilter', attributes, [x, shape, dy]),
  );
};

function withShape(shape: number[], run: (sizes: tf.Tensor1D) => tf.Tensor): tf.Tensor {
  const sizes = tf.tensor1d(shape, 'int32');
  const result = run(sizes);
  sizes.dispose();
  return result;
}

function attributesOf(
  { binding }: NativeBackend,
  inputShape: number[],
  filterShape: number[],
  { strides, pad, dilations = 1, dataFormat = 'NHWC', dimRoundingMode }: ConvAttributes,
): NativeAttribute[] {
  const info = tf.backend_util.computeConv2DInfo(
    inputShape as Four,
    filterShape as Four,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    tf.backend_util.convertConv2DDataFormat(dataFormat),
  );
  const { top, bottom, left, right, type } = info.padInfo;
  const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_STRING, TF_ATTR_BOOL, TF_FLOAT } = binding;
  const ints = (name: string, value: number[]) => ({ name, type: TF_ATTR_INT, value });
  const spatial = (height: number, width: number) =>
    dataFormat === 'NHWC' ? [1, height, width, 1] : [1, 1, height, width];
  const paddings =
    dataFormat === 'NHWC' ? [0, 0, top, bottom, left, right, 0, 0] : [0, 0, 0, 0, top, bottom, left, right];
  return [
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    ints('strides', spatial(info.strideHeight, info.strideWidth)),
    { name: 'padding', type: TF_ATTR_STRING, value: type },
    { name: 'data_format', type: TF_ATTR_STRING, value: dataFormat },
    { name: 'use_cudnn_on_gpu', type: TF_ATTR_BOOL, value: true },
    ints('dilations', spatial(info.dilationHeight, info.dilationWidth)),
    ...(type === 'EXPLICIT' ? [ints('explicit_paddings', paddings)] : []),
  ];
}
