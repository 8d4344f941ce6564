// The map of a model's hands: seeds on a grid, and between them the mixes of the nearest ones, as tokens.

import { tokenOf } from "../../shell/hand.js";
import { mixed } from "../../drawing/latents.js";
import { latentOf } from "../../drawing/seeds.js";

/** @import { Model } from "../../shell/models.js" */

/**
 * A hand on the map.
 *
 * @typedef {object} Hand
 * @property {string} hand a seed or, between seeds, a token
 * @property {number[]} of the seeds that it is, or is a mix of
 */

const LEAST_LEVEL = -6;
const MOST_LEVEL = 4; // finer mixes differ by less than a step of their tokens
const LEAST_PX = 18; // between hands, where some of the seeds are left out
const MOST_PX = 112; // between seeds, before mixes are put between them
const FINE_PX = 56; // between mixes

export class HandsMap {
  /**
   * @param {Model} model
   * @param {{ columns: number, rows: number, seeds: number[] }} grid row by row
   * @param {boolean} isArranged false if the seeds are only in their order
   */
  constructor(model, { columns, rows, seeds }, isArranged) {
    this.columns = columns;
    this.rows = rows;
    this.isArranged = isArranged;
    this.seeds = seeds;
    this.size = model.latent_size;
    this.nStyle = model.latent_size - model.n_classes;
    /** Whether there are hands between seeds: only a model with classes takes tokens. */
    this.hasMixes = model.n_classes > 0;
    /** @type {Map<number, number[]>} */
    this.latents = new Map();
  }

  /**
   * Returns the level of detail at a magnification: 2 ** level hands stand on the way from one seed to the next.
   *
   * @param {number} cell pixels from one seed to the next
   */
  levelAt(cell) {
    if (cell >= MOST_PX && this.hasMixes) return Math.min(MOST_LEVEL, Math.floor(Math.log2(cell / FINE_PX)));
    return Math.max(LEAST_LEVEL, Math.min(0, Math.floor(Math.log2(cell / LEAST_PX))));
  }

  /** The most pixels from one seed to the next that show anything new. */
  get mostCell() {
    return this.hasMixes ? 2 * FINE_PX * 2 ** MOST_LEVEL : 4 * MOST_PX;
  }

  /**
   * Returns the hand at a place.
   *
   * @param {number} x columns from the left, 0 to columns - 1
   * @param {number} y rows from the top
   * @returns {Hand}
   */
  handAt(x, y) {
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [right, bottom] = [Math.ceil(x), Math.ceil(y)];
    const at = (/** @type {number} */ column, /** @type {number} */ row) => this.seeds[row * this.columns + column];
    const around = [at(left, top), at(right, top), at(left, bottom), at(right, bottom)];
    if (left === right && top === bottom) return { hand: String(around[0]), of: around.slice(0, 1) };
    const latents = around.map((seed) => this.latentOf(seed));
    const [across, down] = [x - left, y - top];
    const weights = [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down];
    const mix = mixed(latents, weights, this.nStyle);
    return { hand: tokenOf(mix.slice(0, this.nStyle)), of: [...new Set(around)] };
  }

  /**
   * Returns the token of a hand that a seed or a token names.
   *
   * @param {string} hand
   */
  tokenOf(hand) {
    return hand.startsWith("h") ? hand : tokenOf(this.latentOf(Number(hand)).slice(0, this.nStyle));
  }

  /**
   * Returns the place of a seed, if it is on the map.
   *
   * @param {string} hand
   * @returns {{ x: number, y: number } | undefined}
   */
  placeOf(hand) {
    const i = /^\d+$/.test(hand) ? this.seeds.indexOf(Number(hand)) : -1;
    return i < 0 ? undefined : { x: i % this.columns, y: Math.floor(i / this.columns) };
  }

  /** @param {number} seed */
  latentOf(seed) {
    let latent = this.latents.get(seed);
    if (!latent) this.latents.set(seed, (latent = Array.from(latentOf(seed, this.size))));
    return latent;
  }
}
