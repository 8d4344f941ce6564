// What the guide's formulas say: costs of a guess in nats, the two sides of an answer, and the game in one dimension.

export const NATS_PER_BIT = Math.LN2;
export const FLOOR = -Math.log(4); // the value of the game at equilibrium

/**
 * Returns the cost of the belief q in an event of probability p: infinite if what is thought impossible can happen.
 *
 * @param {number} p
 * @param {number} q
 */
export const crossEntropy = (p, q) => surprise(p, q) + surprise(1 - p, 1 - q);

/**
 * Returns the cost that remains if the probability is known.
 *
 * @param {number} p
 */
export const entropy = (p) => crossEntropy(p, p);

/**
 * Returns the Kullback-Leibler divergence of p from q: the cost beyond the entropy.
 *
 * @param {number} p
 * @param {number} q
 */
export const divergence = (p, q) => (p === q ? 0 : crossEntropy(p, q) - entropy(p));

/**
 * @param {number} p
 * @param {number} q
 */
function surprise(p, q) {
  return p === 0 ? 0 : -p * Math.log(q);
}

/**
 * Returns both losses of the generator for an answer, and how fast each falls as the answer's logit rises: what passes
 * back from the discriminator.
 *
 * @param {number} answer 0..1
 */
export const sides = (answer) => ({
  formula: Math.log(1 - answer),
  formulaPull: answer,
  turned: -Math.log(answer),
  turnedPull: 1 - answer,
});

/**
 * Returns the density of a normal distribution.
 *
 * @param {number} x
 * @param {number} mean
 * @param {number} spread its standard deviation
 */
export function density(x, mean, spread) {
  return Math.exp(-(((x - mean) / spread) ** 2) / 2) / (spread * Math.sqrt(2 * Math.PI));
}

/** @typedef {{ mean: number, spread: number }} Hill */

/** @type {Hill} where the real data of the one-dimensional game are */
export const DATA = { mean: 0, spread: 1 };

const REACH = 20; // on both sides of 0: no hill that can be chosen has a part beyond it that counts
const CELLS = 4000;

/**
 * Returns the best answer at a place: the share of real data there. Far out, where both densities round to 0, the
 * logarithm of their ratio still tells it.
 *
 * @param {number} x
 * @param {Hill} made the generator's
 */
export function bestAnswer(x, made) {
  const exponent = (/** @type {Hill} */ { mean, spread }) => -(((x - mean) / spread) ** 2) / 2 - Math.log(spread);
  return 1 / (1 + Math.exp(exponent(made) - exponent(DATA)));
}

/**
 * Returns the value of the game against the best discriminator, by the trapezoidal rule.
 *
 * @param {Hill} made the generator's
 */
export function valueOf(made) {
  const width = (2 * REACH) / CELLS;
  let value = 0;
  for (let i = 0; i <= CELLS; i++) {
    const x = i * width - REACH;
    const real = density(x, DATA.mean, DATA.spread);
    const generated = density(x, made.mean, made.spread);
    const sum = real + generated;
    if (real > 0) value += width * real * Math.log(real / sum);
    if (generated > 0) value += width * generated * Math.log(generated / sum);
  }
  return value;
}

/**
 * Returns the Jensen-Shannon divergence of the generator's hill from the data's, in nats: how far the value is above
 * its floor, halved.
 *
 * @param {Hill} made
 */
export const jensenShannon = (made) => Math.max(0, (valueOf(made) - FLOOR) / 2);

/**
 * Returns the hill after one step of the generator down the value's slope.
 *
 * @param {Hill} made
 * @param {number} rate
 * @returns {Hill}
 */
export function descended({ mean, spread }, rate) {
  const small = 1e-4;
  const slope = (/** @type {(by: number) => Hill} */ at) => (valueOf(at(small)) - valueOf(at(-small))) / (2 * small);
  return {
    mean: mean - rate * slope((by) => ({ mean: mean + by, spread })),
    spread: spread - rate * slope((by) => ({ mean, spread: spread + by })),
  };
}
