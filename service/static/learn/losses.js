// What both networks minimise, by the names of training/losses.py, with the gradients with respect to the logits.

/**
 * @typedef {object} Loss
 * @property {number} boundary the logit that separates real from generated; for pairs, what their difference exceeds
 * @property {boolean} comparesPairs
 * @property {(real: Float64Array, fake: Float64Array) => Pull} discriminator
 * @property {(real: Float64Array, fake: Float64Array) => Pull} generator
 */

/** @typedef {{ loss: number, onReal: Float64Array, onFake: Float64Array }} Pull a loss and its gradients */
/** @typedef {{ value: (logit: number) => number, slope: (logit: number) => number }} Curve */

export const sigmoid = (/** @type {number} */ logit) => 1 / (1 + Math.exp(-logit));
const softplus = (/** @type {number} */ logit) => Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit)));

/** @type {Curve} -log D, the cost of an answer for an image that is said to be real */
const asReal = { value: (logit) => softplus(-logit), slope: (logit) => -sigmoid(-logit) };
/** @type {Curve} -log(1 - D) */
const asFake = { value: softplus, slope: sigmoid };
/** @type {Curve} log(1 - D), which the formula has the generator minimise */
const formula = { value: (logit) => -softplus(logit), slope: (logit) => -sigmoid(logit) };
const halfSquare = (/** @type {number} */ target) => ({
  value: (/** @type {number} */ logit) => (logit - target) ** 2 / 2,
  slope: (/** @type {number} */ logit) => logit - target,
});

/** @type {Record<"bce" | "formula" | "least-squares" | "relativistic", Loss>} */
export const LOSSES = {
  bce: {
    boundary: 0,
    comparesPairs: false,
    discriminator: single(asReal, asFake, 0.5),
    generator: single(null, asReal),
  },
  formula: {
    boundary: 0,
    comparesPairs: false,
    discriminator: single(asReal, asFake, 0.5),
    generator: single(null, formula),
  },
  "least-squares": {
    boundary: 0.5,
    comparesPairs: false,
    discriminator: single(halfSquare(1), halfSquare(0)),
    generator: single(null, halfSquare(1)),
  },
  relativistic: {
    boundary: 0,
    comparesPairs: true,
    discriminator: paired(1),
    generator: paired(-1),
  },
};

/**
 * Returns the share of points, or of pairs, that the discriminator gets right.
 *
 * @param {Loss} loss
 * @param {Float64Array} real logits
 * @param {Float64Array} fake logits
 */
export function accuracyOf({ boundary, comparesPairs }, real, fake) {
  let right = 0;
  for (let i = 0; i < real.length; i++) {
    if (comparesPairs) right += real[i] - fake[i] > boundary ? 1 : 0;
    else right += (real[i] > boundary ? 0.5 : 0) + (fake[i] < boundary ? 0.5 : 0);
  }
  return right / real.length;
}

/**
 * Returns a loss of single points.
 *
 * @param {Curve | null} forReal null where real points do not count
 * @param {Curve} forFake
 * @param {number} [weight]
 * @returns {(real: Float64Array, fake: Float64Array) => Pull}
 */
function single(forReal, forFake, weight = 1) {
  return (real, fake) => {
    let loss = 0;
    const onReal = new Float64Array(real.length);
    const onFake = new Float64Array(fake.length);
    const share = weight / fake.length;
    for (let i = 0; i < fake.length; i++) {
      loss += share * (forFake.value(fake[i]) + (forReal ? forReal.value(real[i]) : 0));
      onFake[i] = share * forFake.slope(fake[i]);
      if (forReal) onReal[i] = share * forReal.slope(real[i]);
    }
    return { loss, onReal, onFake };
  };
}

/**
 * Returns a loss of pairs: the mean of softplus(lower - higher).
 *
 * @param {1 | -1} sign 1 if real points should be rated higher
 * @returns {(real: Float64Array, fake: Float64Array) => Pull}
 */
function paired(sign) {
  return (real, fake) => {
    let loss = 0;
    const onReal = new Float64Array(real.length);
    const onFake = new Float64Array(fake.length);
    for (let i = 0; i < fake.length; i++) {
      const difference = sign * (real[i] - fake[i]);
      loss += softplus(-difference) / fake.length;
      onReal[i] = (-sign * sigmoid(-difference)) / fake.length;
      onFake[i] = -onReal[i];
    }
    return { loss, onReal, onFake };
  };
}
