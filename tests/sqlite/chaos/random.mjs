/** Numbers that the seed alone decides (Marsaglia's xorshift, 32 bits), so that a failure can be played again. */
export class Random {
  #state;

  constructor(seed) {
    if (!Number.isInteger(seed)) throw new Error(`a seed is a whole number, got ${seed}`);
    // 0 would stay 0 for ever.
    this.#state = Math.imul(seed | 0, 0x9e3779b1) ^ 0x5bd1e995 || 1;
    for (let at = 0; at < 8; at++) this.#next();
  }

  #next() {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }

  /** A whole number from 0 to `count` - 1. */
  below(count) {
    return Math.floor((this.#next() / 2 ** 32) * count);
  }

  /** A whole number from `least` to `most`. */
  from(least, most) {
    return least + this.below(most - least + 1);
  }

  /** One of the values. */
  one(values) {
    return values[this.below(values.length)];
  }

  /** One of the keys, as often as its weight says. */
  weighted(weights) {
    const entries = Object.entries(weights);
    let at = this.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [key, weight] of entries) {
      if (at < weight) return key;
      at -= weight;
    }
    throw new Error("weights are whole numbers");
  }
}
