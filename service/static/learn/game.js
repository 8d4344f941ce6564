// The live game: a generator of points in the plane against a discriminator, on a ring of eight clusters.

import { accuracyOf, LOSSES, sigmoid } from "./losses.js";
import { Adam, Network } from "./network.js";
import { normal, uniform } from "./random.js";

/**
 * How a game is played. All but the seed may change while it runs.
 *
 * @typedef {object} Rules
 * @property {number} seed
 * @property {keyof typeof LOSSES} loss
 * @property {number} penalty weight of R1; 0 for none
 * @property {number} generatorRate
 * @property {number} discriminatorRate
 * @property {number} generatorSteps for each step of the discriminator
 */

/**
 * The state of a game at one iteration.
 *
 * @typedef {object} Snapshot
 * @property {number} iteration
 * @property {Float32Array} points x and y of each generated point, from latents that stay the same
 * @property {Float32Array} field what the discriminator answers on a square grid, row after row from the lower left, 0..1
 * @property {number} modes clusters that the generator has found
 * @property {number} accuracy of the discriminator, mean of the last iterations
 * @property {number} generatorLoss mean of the same iterations
 * @property {number} discriminatorLoss
 */

export const N_MODES = 8;
export const RADIUS = 2; // of the ring
export const SPREAD = 0.2; // standard deviation of a cluster
export const HALF = 3.2; // half the side of the square that is shown
export const GRID = 32; // cells along a side of the field
export const RECENT = 100; // iterations that figures are means of

const LATENT_SIZE = 4;
const BATCH = 64;
const N_SHOWN = 400;
const NEAR = 3 * SPREAD; // of a cluster's centre: a point there belongs to it
const FOUND = 0.25; // of its fair share of points: then a cluster is found

/** @type {Rules} */
export const USUAL = {
  seed: 1,
  loss: "bce",
  penalty: 0.1,
  generatorRate: 10 ** -2.5,
  discriminatorRate: 10 ** -2.5,
  generatorSteps: 1,
};
/** The generator moves ten times for each answer, straight to where the discriminator is most credulous. */
export const COLLAPSE = { ...USUAL, penalty: 0, generatorSteps: 10 };

/** Centres of the clusters. */
export const CENTRES = Array.from({ length: N_MODES }, (_, i) => {
  const angle = (2 * Math.PI * i) / N_MODES;
  return [RADIUS * Math.cos(angle), RADIUS * Math.sin(angle)];
});

export class Game {
  /** @param {Rules} rules */
  constructor(rules) {
    this.rules = rules;
    this.random = uniform(rules.seed);
    this.gaussian = normal(this.random);
    this.generator = new Network([LATENT_SIZE, 32, 32, 2], this.gaussian);
    this.discriminator = new Network([2, 32, 32, 1], this.gaussian);
    this.generatorSteps = new Adam(this.generator);
    this.discriminatorSteps = new Adam(this.discriminator);
    this.shownLatents = this.#latents(N_SHOWN);
    this.iteration = 0;
    /** @type {{ accuracy: number, generatorLoss: number, discriminatorLoss: number }[]} */
    this.recent = [];
  }

  /** Plays one iteration: the discriminator learns while the generator is held still, then the other way round. */
  step() {
    const { generator, discriminator, rules } = this;
    const loss = LOSSES[rules.loss];
    const real = this.#real(BATCH);
    const fake = generator.forward(this.#latents(BATCH));
    const both = new Float64Array(2 * real.length);
    both.set(real);
    both.set(fake, real.length);
    const logits = discriminator.forward(both);
    const [onReal, onFake] = [logits.subarray(0, BATCH), logits.subarray(BATCH)];
    const accuracy = accuracyOf(loss, onReal, onFake);
    const pull = loss.discriminator(onReal, onFake);
    const slopes = new Float64Array(2 * BATCH);
    slopes.set(pull.onReal);
    slopes.set(pull.onFake, BATCH);
    discriminator.backward(slopes);
    if (rules.penalty) {
      discriminator.keep(BATCH); // the real ones
      discriminator.penalise(rules.penalty);
    }
    this.discriminatorSteps.step(rules.discriminatorRate);

    let generatorLoss = 0;
    for (let i = 0; i < rules.generatorSteps; i++) {
      const rated = loss.comparesPairs ? discriminator.forward(this.#real(BATCH)) : new Float64Array(BATCH);
      const side = loss.generator(rated, discriminator.forward(generator.forward(this.#latents(BATCH))));
      generatorLoss += side.loss / rules.generatorSteps;
      generator.backward(discriminator.backward(side.onFake, false));
      this.generatorSteps.step(rules.generatorRate);
    }
    this.iteration++;
    this.recent.push({ accuracy, generatorLoss, discriminatorLoss: pull.loss });
    if (this.recent.length > RECENT) this.recent.shift();
  }

  /** @returns {Snapshot} */
  snapshot() {
    const points = this.generator.forward(this.shownLatents);
    const mean = (/** @type {"accuracy" | "generatorLoss" | "discriminatorLoss"} */ name) =>
      this.recent.reduce((sum, each) => sum + each[name], 0) / this.recent.length;
    return {
      iteration: this.iteration,
      points: Float32Array.from(points),
      field: this.#field(points),
      modes: modesOf(points),
      accuracy: mean("accuracy"),
      generatorLoss: mean("generatorLoss"),
      discriminatorLoss: mean("discriminatorLoss"),
    };
  }

  /**
   * Returns the discriminator's answers on the grid. A logit that means something only beside another is compared with
   * the mean of the generated points'.
   *
   * @param {Float64Array} points
   */
  #field(points) {
    const loss = LOSSES[this.rules.loss];
    const cells = new Float64Array(2 * GRID * GRID);
    for (let i = 0; i < GRID * GRID; i++) {
      cells[2 * i] = HALF * (((i % GRID) + 0.5) * (2 / GRID) - 1);
      cells[2 * i + 1] = HALF * ((Math.floor(i / GRID) + 0.5) * (2 / GRID) - 1);
    }
    const logits = this.discriminator.forward(cells);
    const level = loss.comparesPairs
      ? this.discriminator.forward(points).reduce((sum, each) => sum + each) / N_SHOWN
      : 0;
    if (loss.boundary) return Float32Array.from(logits, (logit) => Math.min(1, Math.max(0, logit)));
    return Float32Array.from(logits, (logit) => sigmoid(logit - level));
  }

  /** @param {number} n */
  #latents(n) {
    return Float64Array.from({ length: n * LATENT_SIZE }, this.gaussian);
  }

  /** @param {number} n */
  #real(n) {
    return realPoints(n, this.random, this.gaussian);
  }
}

/**
 * Returns x and y of points from the ring.
 *
 * @param {number} n
 * @param {() => number} random
 * @param {() => number} gaussian
 */
export function realPoints(n, random, gaussian) {
  const points = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [x, y] = CENTRES[Math.floor(N_MODES * random())];
    points[2 * i] = x + SPREAD * gaussian();
    points[2 * i + 1] = y + SPREAD * gaussian();
  }
  return points;
}

/**
 * Returns how many clusters have at least a quarter of their fair share of points.
 *
 * @param {ArrayLike<number>} points
 */
export function modesOf(points) {
  const near = CENTRES.map(([x, y]) => {
    let count = 0;
    for (let i = 0; i < points.length; i += 2) if (Math.hypot(points[i] - x, points[i + 1] - y) <= NEAR) count++;
    return count;
  });
  return near.filter((count) => count >= (FOUND * points.length) / 2 / N_MODES).length;
}
