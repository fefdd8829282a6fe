import { SweetspotError } from '../errors.ts';
import { log32, sinCos32 } from './float32Math.ts';
import { isMt19937State, Mt19937, type Mt19937State } from './mt19937.ts';

/** Below this many values torch draws normals one by one in double precision, from here on in blocks of float32. */
const BLOCK = 16;
const HALF_BLOCK = 8;
const TWO_PI_F32 = Math.fround(2 * Math.PI);
/** From this range on torch takes 64 bits for a random integer, to keep the bias of the remainder small. */
const WIDE_RANGE = 2 ** 28;

const { fround } = Math;

/** Everything the next draw depends on; plain JSON. */
export interface TorchGeneratorState extends Mt19937State {
  /** The second normal of a pair that the scalar path has not handed out yet. */
  cachedNormal: number | null;
}

/**
 * torch's generator on the CPU: the same numbers in the same order as `torch.Generator('cpu').manual_seed(seed)`.
 * Equal bit for bit to torch on x86 with AVX2; elsewhere torch itself evaluates logarithm, sine and cosine of normals
 * otherwise, and its last digits differ. Values come in the order of a contiguous torch tensor (NCHW).
 */
export class TorchGenerator {
  readonly #bits: Mt19937;
  #cachedNormal: number | null;

  /** @param seed an integer; torch uses its low 32 bits. Fails with E_OPTION for anything else. */
  constructor(seed: number | bigint | TorchGeneratorState) {
    if (typeof seed === 'object') {
      this.#bits = Mt19937.fromState(seed);
      this.#cachedNormal = seed.cachedNormal;
      return;
    }
    if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
      throw new SweetspotError('E_OPTION', 'not a seed', {
        place: 'seed',
        allowed: 'an integer',
        got: `${seed}`,
      });
    }
    this.#bits = Mt19937.seeded(Number(BigInt.asUintN(32, BigInt(seed))));
    this.#cachedNormal = null;
  }

  /** Fails with E_CHECKPOINT when `state` was not made by {@link getState}. */
  static fromState(state: TorchGeneratorState): TorchGenerator {
    const cached: unknown = state?.cachedNormal;
    if (
      !isMt19937State(state) ||
      !(cached === null || (typeof cached === 'number' && Number.isFinite(cached)))
    ) {
      throw new SweetspotError('E_CHECKPOINT', 'the state of the random generator is damaged');
    }
    return new TorchGenerator(state);
  }

  getState(): TorchGeneratorState {
    return { ...this.#bits.getState(), cachedNormal: this.#cachedNormal };
  }

  /** `torch.rand`: float32 in [0, 1). */
  rand(count: number): Float32Array {
    return this.uniform(count, 0, 1);
  }

  /** `tensor.uniform_(low, high)` of a float32 tensor. */
  uniform(count: number, low: number, high: number): Float32Array {
    const from = fround(low);
    const range = fround(fround(high) - from);
    return Float32Array.from({ length: count }, () => fround(this.#uniform24() * range) + from);
  }

  /** `torch.randn` of a float32 tensor of `count` values. */
  randn(count: number): Float32Array {
    if (count < BLOCK) return Float32Array.from({ length: count }, () => this.#normal());
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = this.#uniform24();
    for (let start = 0; start + BLOCK <= count; start += BLOCK)
      boxMuller(values.subarray(start, start + BLOCK));
    if (count % BLOCK !== 0) {
      // The tail overlaps the last whole block: torch draws sixteen fresh uniforms and does all of them again.
      const tail = values.subarray(count - BLOCK);
      for (let i = 0; i < BLOCK; i++) tail[i] = this.#uniform24();
      boxMuller(tail);
    }
    return values;
  }

  /** Draws like {@link randn} and forgets the values: what the initialisation of a layer costs that gets other weights. */
  skipRandn(count: number): void {
    if (count < BLOCK) {
      this.randn(count);
      return;
    }
    const words = count % BLOCK === 0 ? count : count + BLOCK;
    for (let i = 0; i < words; i++) this.#bits.next();
  }

  /** `torch.randint(low, high, (count,))`: integers in [low, high). */
  randint(low: number, high: number, count: number): Int32Array {
    const range = high - low;
    if (!(range >= 1)) {
      throw new SweetspotError('E_INTERNAL', 'empty range of random integers', { got: `[${low}, ${high})` });
    }
    const wide = range >= WIDE_RANGE;
    return Int32Array.from({ length: count }, () =>
      wide ? low + Number(this.#next64() % BigInt(range)) : low + (this.#bits.next() % range),
    );
  }

  /** `torch.randperm(n)`. */
  randperm(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = 0; i < n - 1; i++) {
      const j = i + (this.#bits.next() % (n - i));
      const held = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = held;
    }
    return order;
  }

  /** `torch.empty((), dtype=torch.int64).random_()`: 63 random bits. */
  randomInt64(): bigint {
    return this.#next64() & 0x7fffffffffffffffn;
  }

  #next64(): bigint {
    const high = BigInt(this.#bits.next());
    return (high << 32n) | BigInt(this.#bits.next());
  }

  /** 24 random bits, all that a float32 in [0, 1) holds. */
  #uniform24(): number {
    return (this.#bits.next() & 0xffffff) / 2 ** 24;
  }

  /** 53 random bits of a double: the low ones of a 64-bit draw, whose first word is the high half. */
  #uniform53(): number {
    const high = this.#bits.next() & 0x1fffff;
    return (high * 2 ** 32 + this.#bits.next()) / 2 ** 53;
  }

  /** One normal in double precision by Box and Muller (1958); the sine of the pair is kept for the next call. */
  #normal(): number {
    const cached = this.#cachedNormal;
    if (cached !== null) {
      this.#cachedNormal = null;
      return cached;
    }
    const angle = 2 * Math.PI * this.#uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#uniform53()));
    this.#cachedNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** Sixteen float32 uniforms to sixteen normals in place: the first half gives the radii, the second half the angles. */
function boxMuller(block: Float32Array): void {
  for (let j = 0; j < HALF_BLOCK; j++) {
    const radius = fround(Math.sqrt(fround(-2 * log32(fround(1 - (block[j] ?? 0))))));
    const { sin, cos } = sinCos32(fround(TWO_PI_F32 * (block[j + HALF_BLOCK] ?? 0)));
    block[j] = radius * cos;
    block[j + HALF_BLOCK] = radius * sin;
  }
}
