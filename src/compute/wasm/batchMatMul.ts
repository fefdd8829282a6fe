import * as tf from '@tensorflow/tfjs-core';
import { gemm, matrixAt } from './gemm.ts';
import { type Info, type KernelCall, offsetOf, release, transpose } from './kernelTools.ts';
import { canMatMul, type MatMul, matMul } from './own/matMul.ts';
import { type OwnKernels, ownKernelsOf } from './own/ownKernels.ts';
import type { WasmBackend } from './wasmBackend.ts';

interface Attributes {
  transposeA: boolean;
  transposeB: boolean;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function swapLastTwo(rank: number): number[] {
  const perm = Array.from({ length: rank }, (_, i) => i);
  perm[rank - 1] = rank - 2;
  perm[rank - 2] = rank - 1;
  return perm;
}

/**
 * Replaces the stock BatchMatMul, which leaves XNNPACK for scalar loops as soon as there is a batch or a transpose:
 * transposes first, then one XNNPACK product per matrix, on views; a right side shared by the batch is one product.
 */
export function batchMatMul({ inputs: { a, b }, backend, attrs }: KernelCall<'a' | 'b', Attributes>): Info {
  const kernels = ownKernelsOf(backend);
  if (kernels && canMatMul(a, b)) return ownBatchMatMul(kernels, backend, { a, b, ...attrs });
  const temporary: Info[] = [];
  const turned = (x: Info, wanted: boolean): Info => {
    if (!wanted) return x;
    const t = transpose(backend, x, swapLastTwo(x.shape.length));
    temporary.push(t);
    return t;
  };
  const left = turned(a, attrs.transposeA);
  const right = turned(b, attrs.transposeB);
  const [m, k] = left.shape.slice(-2) as [number, number];
  const n = right.shape[right.shape.length - 1] as number;
  const leftOuter = left.shape.slice(0, -2);
  const rightOuter = right.shape.slice(0, -2);
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(leftOuter, rightOuter);
  const out = backend.makeOutput([...outer, m, n], 'float32');
  const [from, to] = [offsetOf(backend, left), offsetOf(backend, out)];

  if (sizeOf(out.shape) > 0 && k > 0) {
    if (sizeOf(rightOuter) === 1) {
      const { id } = backend.dataIdMap.get(right.dataId);
      gemm(backend, from, { id }, to, [sizeOf(leftOuter) * m, k, n]);
    } else {
      const base = offsetOf(backend, right);
      matrixPairs(leftOuter, rightOuter, outer).forEach(([i, j], at) => {
        const b = { offset: matrixAt(base, j, k, n) };
        gemm(backend, matrixAt(from, i, m, k), b, matrixAt(to, at, m, n), [m, k, n]);
      });
    }
  } else backend.typedArrayFromHeap(out).fill(0);
  release(backend, ...temporary);
  return out;
}

function ownBatchMatMul(kernels: OwnKernels, backend: WasmBackend, operands: MatMul): Info {
  const { a, b, transposeA, transposeB } = operands;
  const last = (shape: readonly number[], back: number) => shape[shape.length - back] as number;
  const [m, n] = [last(a.shape, transposeA ? 1 : 2), last(b.shape, transposeB ? 2 : 1)];
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const out = backend.makeOutput([...outer, m, n], 'float32');
  if (last(a.shape, transposeA ? 2 : 1) === 0) backend.typedArrayFromHeap(out).fill(0);
  else matMul(kernels, backend, operands, out);
  return out;
}

/** For every matrix of the result, which left and which right matrix make it, with broadcasting of the batch axes. */
function matrixPairs(left: number[], right: number[], outer: number[]): [number, number][] {
  const indexOf = (shape: number[], place: number[]): number =>
    shape.reduce((index, n, axis) => {
      const at = place[outer.length - shape.length + axis] as number;
      return index * n + (n === 1 ? 0 : at);
    }, 0);
  return Array.from({ length: sizeOf(outer) }, (_, flat) => {
    const place: number[] = [];
    let rest = flat;
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const n = outer[axis] as number;
      place.unshift(rest % n);
      rest = Math.floor(rest / n);
    }
    return [indexOf(left, place), indexOf(right, place)];
  });
}
