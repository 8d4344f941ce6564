// The way from hand to hand: its latents, its classes and its frames, and the requests for its pictures.

import { ask } from "../../shell/api.js";
import { squares } from "../../drawing/svg.js";
import { make } from "../../shell/elements.js";
import { styleOf, tokenOf } from "../../shell/hand.js";
import { latentOfHand } from "../../drawing/inference.js";
import { mixed, turned } from "../../drawing/latents.js";
import { images, timed } from "../../drawing/makers.js";
import { cornersOf, inside, weightsAt } from "./polygon.js";

/** @import { ImagesCall } from "../../drawing/makers.js" */
/** @import { Model } from "../../shell/models.js" */
/** @import { Point } from "./polygon.js" */

const LATTICE = [0.25, 0.5, 0.75];
const AROUND = [
  [-0.1, 0],
  [0.1, 0],
  [0, -0.1],
  [0, 0.1],
]; // a picture at a point needs that much room

/** @typedef {ImagesCall & { isInk: boolean, isInColour: boolean, n: number }} Wish n images, in ink as curves */

export class Way {
  /**
   * @param {string[]} hands seeds and tokens that fit the model
   * @param {number[]} labels they take turns if there are fewer than hands; one that the model lacks becomes its last
   * @param {number} steps frames from a hand to the next
   * @param {boolean} loop whether it goes on from the last hand to the first
   * @param {Model} model
   */
  constructor(hands, labels, steps, loop, model) {
    const { latent_size: size, n_classes: nClasses } = model;
    this.hands = hands;
    this.steps = steps;
    this.loop = loop;
    this.nStyle = size - nClasses;
    this.corners = cornersOf(hands.length);
    this.latents = hands.map((hand) => latentOfHand(hand, size));
    /** The class of each hand, for a model with classes. */
    this.labels = nClasses ? hands.map((_, i) => Math.min(labels[i % labels.length], nClasses - 1)) : undefined;
    /** From hand to hand; the last one ends where the way does. */
    this.nParts = loop ? hands.length : hands.length - 1;
    /** In frames. */
    this.length = this.nParts * steps + (loop ? 0 : 1);
  }

  /**
   * Returns the hand of a frame: as it was given where there is one, else the token of what is between two.
   *
   * @param {number} frame
   */
  handAt(frame) {
    const key = Math.floor(frame / this.steps);
    const [start, end] = [this.latents[key], this.latents[(key + 1) % this.latents.length]];
    if (frame % this.steps === 0) return this.hands[key];
    return this.token(turned(start, end, frame / this.steps - key, this.nStyle));
  }

  /**
   * Returns the hand that is a mix of all, as a token.
   *
   * @param {Point} point
   */
  handOf(point) {
    return this.token(this.mix(point));
  }

  /** @param {number[]} latent */
  token(latent) {
    return tokenOf(latent.slice(0, this.nStyle));
  }

  /** @param {Point} point of the polygon */
  mix(point) {
    return mixed(this.latents, weightsAt(this.corners, point), this.nStyle);
  }

  /** Returns the request for all frames, without model and looks. */
  request() {
    const { hands, labels, latents, steps, loop } = this;
    const nTokens = hands.filter(styleOf).length;
    const isOfOneKind = nTokens === 0 || nTokens === hands.length; // else no field of a request takes them
    const source = !isOfOneKind ? { latents } : nTokens ? { hands } : { seeds: hands.map(Number) };
    const isOne = new Set(labels).size === 1;
    return { ...source, ...(labels && { labels: isOne ? labels[0] : labels }), steps, loop };
  }

  /** Points inside the polygon; their pictures show what is where. */
  get points() {
    const all = LATTICE.flatMap((y) => LATTICE.map((x) => /** @type {Point} */ ([x, y])));
    const isInside = (/** @type {Point} */ point) => inside(this.corners, point) === point;
    return all.filter(([x, y]) => AROUND.every(([u, v]) => isInside([x + u, y + v])));
  }

  /**
   * Returns the request for mixes, each of which has the class of the hand that it has most of.
   *
   * @param {Point[]} points
   */
  requestAt(points) {
    const labels = points.map((point) => {
      const weights = weightsAt(this.corners, point);
      return this.labels?.[weights.indexOf(Math.max(...weights))] ?? 0;
    });
    return { latents: points.map((point) => this.mix(point)), ...(this.labels && { labels }) };
  }
}

/**
 * Returns the pictures of a request, ready to be shown.
 *
 * @param {Wish} wish
 * @param {AbortSignal} signal
 * @returns {Promise<Element[]>}
 */
export async function pictures({ isInk, isInColour, n, ...call }, signal) {
  if (isInk) {
    const sheet = { path: call.path, body: { ...call.body, ink: true, columns: n }, accept: "image/svg+xml" };
    return timed(call.by, async () => squares(await (await ask(sheet, signal)).text(), n));
  }
  const made = await images(call, signal);
  const all = made.map(({ src }) => make("img", { src, alt: "", className: isInColour ? "colour" : "" }));
  await Promise.all(all.map((each) => each.decode()));
  return all;
}
