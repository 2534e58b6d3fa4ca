/**
 * Random numbers that are a function of what they are for (seed, epoch, draw, image) and of nothing else: training that resumes
 * after a power cut must draw what the uninterrupted run would have drawn. xoshiro128** (Blackman and Vigna 2018), seeded
 * through MurmurHash3's finaliser.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param parts integers; the order counts */
  constructor(...parts: number[]) {
    let state = 0x9e3779b9;
    for (const part of parts) state = mix32(state ^ mix32(part | 0));
    const word = (): number => {
      state = (state + 0x9e3779b9) | 0;
      return mix32(state);
    };
    this.#a = word();
    this.#b = word();
    this.#c = word();
    this.#d = word() | 1;
  }

  /** Uniform 32-bit integer, 0 .. 2^32 - 1. */
  integer(): number {
    const scrambled = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return scrambled >>> 0;
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return this.integer() / 0x100000000;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** e to a power drawn evenly from -spread .. spread: a factor as likely to enlarge as to shrink. */
  factor(spread: number): number {
    return Math.exp(this.between(-spread, spread));
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** Index below n. */
  below(n: number): number {
    return Math.floor(this.unit() * n);
  }

  /** Mean 0, standard deviation 1 (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function mix32(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The first 32 bits of a SHA-256 in hex, as a part of a seed. */
export function seedOfHash(sha256Hex: string): number {
  return Number.parseInt(sha256Hex.slice(0, 8), 16);
}
