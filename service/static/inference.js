// Inference in this browser: a request as rows of model input, and the model's output as pictures.

import { between, nearestKeys } from "./latents.js";
import { latentOf } from "./seeds.js";

/**
 * The body of a request to generate or, with `steps`, to interpolate.
 *
 * @typedef {object} ImagesBody
 * @property {string} model
 * @property {string} version
 * @property {number[]} [seeds]
 * @property {number[][]} [latents]
 * @property {number | number[]} [labels]
 * @property {number} [truncation]
 * @property {number} [steps]
 * @property {boolean} [loop]
 * @property {number} [scale]
 */

/**
 * The rows of model input that a request stands for.
 *
 * @typedef {object} Rows
 * @property {number} n
 * @property {Float32Array} latents one after another
 * @property {number[]} [labels] for a model with classes
 * @property {number} truncation
 */

const OWN_CLASS = -1; // leaves a latent the class that it names
const HEADERS_SIZE = 14 + 40; // bytes of a bitmap file's header and of the picture's
const GREYS = 256;

/**
 * Returns the rows of a request, and the seeds of those rows that have one.
 *
 * @param {ImagesBody} body
 * @param {{ latent_size: number, n_classes: number }} model
 * @returns {Rows & { seeds: number[] }}
 */
export function rowsOf({ latents: given, seeds = [], labels = OWN_CLASS, truncation = 1, steps, loop = false }, model) {
  const { latent_size: size, n_classes: nClasses } = model;
  const keys = given ?? seeds.map((seed) => Array.from(latentOf(seed, size)));
  const latents = steps ? between(keys, steps, loop, size - nClasses) : keys;
  const labelled = [labels].flat();
  const keyOf = steps ? nearestKeys(keys.length, steps, loop) : latents.map((_, i) => i);
  return {
    n: latents.length,
    latents: Float32Array.from(latents.flat()),
    labels: nClasses ? keyOf.map((i) => labelled[i % labelled.length]) : undefined,
    truncation,
    seeds: steps ? [] : seeds,
  };
}

/**
 * Returns the data address of a picture as a Windows bitmap, which needs no compression and no checksum.
 *
 * @param {Uint8Array} pixels grey levels
 * @param {number} width
 * @param {number} height
 */
export function bitmap(pixels, width, height) {
  const stride = Math.ceil(width / 4) * 4; // each row begins at a whole word
  const start = HEADERS_SIZE + 4 * GREYS;
  const bytes = new Uint8Array(start + stride * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]); // BM
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, start, true);
  view.setUint32(14, HEADERS_SIZE - 14, true);
  view.setInt32(18, width, true);
  view.setInt32(22, -height, true); // negative: rows from top to bottom
  view.setUint16(26, 1, true); // planes
  view.setUint16(28, 8, true); // bits per pixel
  for (let grey = 0; grey < GREYS; grey++) bytes.fill(grey, HEADERS_SIZE + 4 * grey, HEADERS_SIZE + 4 * grey + 3);
  for (let y = 0; y < height; y++) bytes.set(pixels.subarray(y * width, (y + 1) * width), start + y * stride);
  return `data:image/bmp;base64,${btoa(String.fromCharCode(...bytes))}`;
}
