// Random numbers from a seed, so that a game can be played again exactly.

const UNIT = 2 ** -32;

/**
 * Returns a function whose calls give uniform numbers from 0 (inclusive) to 1: Tommy Ettinger's mulberry32.
 *
 * @param {number} seed a whole number; its low 32 bits count
 * @returns {() => number}
 */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) * UNIT;
  };
}

/**
 * Returns a function whose calls give standard normal numbers (Box and Muller, 1958).
 *
 * @param {() => number} random uniform numbers
 * @returns {() => number}
 */
export function normal(random) {
  let spare = NaN;
  return () => {
    if (!Number.isNaN(spare)) {
      const kept = spare;
      spare = NaN;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
