// The algorithm that makes a latent from a seed: the same numbers as the service's, to the bit. See docs/seeds.md.

export const MAX_SEED = Number.MAX_SAFE_INTEGER; // 2^53 - 1

const MULTIPLIERS = [0xd2e7470ee14c6c93n, 0xca5a826395121157n];
const KEY_STEPS = [0x9e3779b97f4a7c15n, 0xbb67ae8584caa73bn];
const ROUNDS = 10;
const WORDS_PER_BLOCK = 4;
const COMPONENTS_PER_WORD = 4;
const MASK = (1n << 64n) - 1n;

/**
 * Returns the latent of a seed: components of the standard normal distribution.
 *
 * @param {number} seed
 * @param {number} size number of components
 */
export function latentOf(seed, size) {
  const latent = new Float32Array(size);
  /** @type {bigint[]} */
  let words = [];
  for (let i = 0; i < size; i++) {
    const word = Math.floor(i / COMPONENTS_PER_WORD);
    if (i % (WORDS_PER_BLOCK * COMPONENTS_PER_WORD) === 0)
      words = philox(BigInt(seed), BigInt(word / WORDS_PER_BLOCK + 1));
    const k = Number((words[word % WORDS_PER_BLOCK] >> BigInt(16 * (i % COMPONENTS_PER_WORD))) & 0xffffn);
    latent[i] = quantile((k + 0.5) / 65536);
  }
  return latent;
}

/**
 * Returns the seed that comes `n` after another; after the last comes the first.
 *
 * @param {number} seed
 * @param {number} n
 */
export function following(seed, n) {
  return seed > MAX_SEED - n ? n - (MAX_SEED - seed) - 1 : seed + n;
}

/**
 * Returns the four words of Philox4x64-10 for the counter (n, 0, 0, 0) and the key (seed, 0).
 * Source: Salmon and others, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), section 3.3.
 *
 * @param {bigint} seed
 * @param {bigint} n
 */
function philox(seed, n) {
  let [a, b, c, d] = [n, 0n, 0n, 0n];
  let [key0, key1] = [seed, 0n];
  for (let round = 0; round < ROUNDS; round++) {
    const first = a * MULTIPLIERS[0];
    const second = c * MULTIPLIERS[1];
    [a, b, c, d] = [(second >> 64n) ^ b ^ key0, second & MASK, (first >> 64n) ^ d ^ key1, first & MASK];
    key0 = (key0 + KEY_STEPS[0]) & MASK;
    key1 = (key1 + KEY_STEPS[1]) & MASK;
  }
  return [a, b, c, d];
}

/**
 * Returns the standard normal quantile, for 0 < p < 1, to 16 figures.
 * Source: Wichura, "Algorithm AS 241: the percentage points of the normal distribution" (1988), PPND16.
 *
 * @param {number} p
 */
function quantile(p) {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  return Math.sign(q) * (r <= 5 ? ratio(MIDDLE, r - 1.6) : ratio(TAIL, r - 5));
}

/**
 * @param {number[][]} coefficients of two polynomials, the constant first
 * @param {number} x
 */
function ratio([above, below], x) {
  const polynomial = (/** @type {number[]} */ coefficients) =>
    coefficients.reduceRight((sum, each) => sum * x + each, 0);
  return polynomial(above) / polynomial(below);
}

const CENTRE = [
  [
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
    67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
  ],
  [
    1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
    28729.085735721942674, 5226.495278852545925,
  ],
];
const MIDDLE = [
  [
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
  ],
  [
    1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
    0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
  ],
];
const TAIL = [
  [
    6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
    0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
  ],
  [
    1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
    1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
  ],
];
