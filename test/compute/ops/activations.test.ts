import fc from 'fast-check';
import { it } from 'vitest';
import { geglu, gelu, quickGelu, silu } from '../../../src/compute/ops/index.ts';
import { onEachBackend } from '../support/backends.ts';
import { checkOp } from '../support/checkOp.ts';
import { build, erf, get, type Reference, randomReference, sigmoid } from '../support/reference.ts';

const normalCdf = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;
const each =
  (f: (x: number) => number) =>
  (x: Reference): Reference => ({ shape: x.shape, data: x.data.map(f) });

const gegluReference = (x: Reference): Reference => {
  const half = (x.shape[x.shape.length - 1] as number) / 2;
  return build([...x.shape.slice(0, -1), half], (...at) => {
    const last = at.pop() as number;
    const gate = get(x, ...at, half + last);
    return get(x, ...at, last) * gate * normalCdf(gate);
  });
};

const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });

onEachBackend('activations', () => {
  const cases = [
    { name: 'silu', op: silu, reference: each(x => x * sigmoid(x)) },
    { name: 'quickGelu', op: quickGelu, reference: each(x => x * sigmoid(1.702 * x)) },
    { name: 'gelu', op: gelu, reference: each(x => x * normalCdf(x)) },
  ];
  it.each(cases)('$name', ({ op, reference }) => {
    fc.assert(
      fc.property(shapes, fc.nat(), fc.constantFrom(1, 6), (shape, seed, scale) =>
        checkOp({ op, reference, inputs: [randomReference(shape, seed, scale)] }),
      ),
      { numRuns: 6, seed: 1 },
    );
  });

  it('geglu', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), fc.constantFrom(1, 4), (shape, seed, scale) => {
        const doubled = [...shape.slice(0, -1), 2 * (shape[shape.length - 1] as number)];
        checkOp({ op: geglu, reference: gegluReference, inputs: [randomReference(doubled, seed, scale)] });
      }),
      { numRuns: 8, seed: 2 },
    );
  });
});
