// From a picture of one digit to what MNIST has of it: the same steps as digitgan/hands/preparation.py, which explains
// them. Ink is what differs from the paper, 0 for none and 1 for all of the difference that is possible.

import { BLANK, boxOf, components, digitOf } from "./components.js";
import { differenceFromPaper, hasLightInk, meanAround } from "./ground.js";
import { toEven } from "../../shell/hand.js";
import { text } from "../../shell/messages.js";
import { alongBoth, quantile, sumOfCubes } from "./planes.js";

/** @import { Box } from "./components.js" */
/** @import { Plane } from "./planes.js" */
/** @typedef {{ levels: Uint8Array, width: number, height: number }} Grey levels from black, 0, to white, 255 */

export const SIDE = 28;
const FIT = 20; // pixels of the square that the digit fits into
const LEAST_SIDE = 8; // pixels that a picture must have
const GRID = 256; // pixels that the longer side of a reduced picture has at most
const GRIDS = [GRID, 3 * 64, 3 * 64]; // and that of a part of it that is three times as large as the digit
const ENOUGH = 64; // pixels of the digit's longer side in a reduced picture
const NOISES = 6;
const FAINTEST = 6 / 255; // of ink
const [NOISY, ROUGHEST] = [0.02, 0.12]; // of ink: noise of paper
const FAINT_ON_PAPER = 0.06; // of ink, where the paper is not even
const SHARE = 0.4; // of the ink's strength, from which a pixel counts as ink
const [THIN, SPREAD] = [0.7, 0.4]; // a stroke that makes pixels at most so dark is spread over so much of a pixel more

/**
 * Returns the digit of a picture as MNIST has it: 28 x 28 pixels, 0 for paper and 255 for ink.
 * Throws, in the service's words, if there is no ink, or if it is not one digit.
 *
 * @param {Grey} grey
 */
export function prepared(grey) {
  if (Math.min(grey.width, grey.height) < LEAST_SIDE) {
    throw new Error(text("hand.small", { width: grey.width, height: grey.height, least: LEAST_SIDE }));
  }
  const isLight = hasLightInk(reduced(grey, factorFor(grey, GRID)));
  /** @type {Plane | undefined} */
  let digit;
  for (const grid of GRIDS) {
    const factor = factorFor(grey, grid);
    const { ink, box } = inkIn(reduced(grey, factor), isLight);
    digit = ink;
    const side = Math.max(box.right - box.left, box.bottom - box.top);
    if (factor === 1 || side >= ENOUGH) break;
    grey = cropped(grey, {
      left: factor * Math.max(0, box.left - side),
      top: factor * Math.max(0, box.top - side),
      right: Math.min(grey.width, factor * (box.right + side)),
      bottom: Math.min(grey.height, factor * (box.bottom + side)),
    });
  }
  return centred(fitted(/** @type {Plane} */ (digit)));
}

/**
 * @param {Grey} grey
 * @param {number} grid
 */
function factorFor({ width, height }, grid) {
  const most = Math.floor(Math.min(width, height) / LEAST_SIDE);
  return Math.max(1, Math.min(Math.ceil(Math.max(width, height) / grid), most));
}

/**
 * @param {Grey} grey
 * @param {Box} box
 * @returns {Grey}
 */
function cropped({ levels, width }, { left, top, right, bottom }) {
  const crop = new Uint8Array((right - left) * (bottom - top));
  for (let y = top; y < bottom; y++) {
    crop.set(levels.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  }
  return { levels: crop, width: right - left, height: bottom - top };
}

/**
 * Returns the means of blocks of factor x factor pixels.
 *
 * @param {Grey} grey
 * @param {number} factor
 * @returns {Plane}
 */
function reduced({ levels, ...size }, factor) {
  const width = Math.floor(size.width / factor);
  const height = Math.floor(size.height / factor);
  const values = new Float32Array(width * height);
  for (let y = 0; y < height * factor; y++) {
    const row = Math.floor(y / factor) * width;
    for (let x = 0, from = y * size.width; x < width; x++) {
      for (let i = 0; i < factor; i++) values[row + x] += levels[from++];
    }
  }
  return { values: values.map((sum) => sum / factor ** 2), width, height };
}

/**
 * Returns the digit's ink, from 0 to 1, and the box around it, in a picture whose values are 0 to 255.
 *
 * @param {Plane} picture
 * @param {boolean} isLight
 * @returns {{ ink: Plane, box: Box }}
 */
function inkIn(picture, isLight) {
  const { width, height } = picture;
  const { ink, noise } = differenceFromPaper(picture, isLight);
  if (noise > ROUGHEST) throw new Error(text("hand.uneven"));
  const faintest = Math.max(NOISES * noise, FAINTEST);
  const candidates = ink.filter((each) => each > faintest);
  if (!candidates.length) throw new Error(BLANK);
  const strength = sumOfCubes(candidates) / candidates.reduce((sum, each) => sum + each * each, 0);
  if (noise && strength < FAINT_ON_PAPER) throw new Error(text("hand.faint"));
  const isNoisy = noise > NOISY;
  const plain = isNoisy ? meanAround({ values: ink, width, height }, 1) : ink;
  const least = Math.max((isNoisy ? NOISES / 2 : NOISES) * noise, SHARE * strength);
  const mask = new Uint8Array(ink.length);
  for (let i = 0; i < ink.length; i++) mask[i] = Number(plain[i] > least);
  const { labels, parts } = components(mask, width, height);
  if (!parts.length) throw new Error(BLANK);
  const chosen = [false, ...digitOf(labels, parts, width, height, noise > 0)];
  const floor = Math.min(3 * noise, strength / 2);
  const full = quantile(
    ink.filter((_, i) => chosen[labels[i]]),
    0.9,
  );
  if (full <= floor) throw new Error(BLANK);
  const around = boxOf(parts.filter((_, i) => chosen[i + 1]));

  const values = new Float32Array(ink.length);
  const box = { left: width, top: height, right: 0, bottom: 0 };
  for (let y = Math.max(0, around.top - 1); y < Math.min(height, around.bottom + 1); y++) {
    for (let x = Math.max(0, around.left - 1); x < Math.min(width, around.right + 1); x++) {
      const at = y * width + x;
      if (!chosen[labels[at]] && (mask[at] || !isBeside(chosen, labels, x, y, width, height))) continue;
      values[at] = Math.min(1, Math.max(0, (ink[at] - floor) / (full - floor)));
      if (!values[at]) continue;
      box.left = Math.min(box.left, x);
      box.top = Math.min(box.top, y);
      box.right = Math.max(box.right, x + 1);
      box.bottom = Math.max(box.bottom, y + 1);
    }
  }
  const size = { width: box.right - box.left, height: box.bottom - box.top };
  const crop = new Float32Array(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    const from = (box.top + y) * width + box.left;
    crop.set(values.subarray(from, from + size.width), y * size.width);
  }
  return { ink: { values: crop, ...size }, box };
}

/**
 * Returns whether a pixel touches a part that is chosen.
 *
 * @param {boolean[]} chosen by label
 * @param {Int32Array} labels
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function isBeside(chosen, labels, x, y, width, height) {
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
      if (chosen[labels[v * width + u]]) return true;
    }
  }
  return false;
}

/**
 * Returns ink whose longer side has 20 pixels, its strokes as dark as MNIST's.
 *
 * @param {Plane} ink
 * @returns {Plane}
 */
function fitted(ink) {
  let scaled = scaledBy(ink, 0);
  if (strengthOf(scaled) <= THIN) scaled = scaledBy(ink, SPREAD);
  const strong = Math.min(1, strengthOf(scaled));
  return { ...scaled, values: scaled.values.map((each) => Math.min(1, each / strong)) };
}

/** @param {Plane} ink */
function strengthOf({ values }) {
  const most = values.reduce((one, other) => Math.max(one, other));
  return quantile(
    values.filter((each) => each > most / 2),
    0.75,
  );
}

/**
 * Returns ink whose longer side has 20 pixels.
 *
 * @param {Plane} ink
 * @param {number} spread
 */
function scaledBy(ink, spread) {
  const scale = FIT / Math.max(ink.width, ink.height);
  const sources = [weights(ink.width, scale, spread), weights(ink.height, scale, spread)];
  return alongBoth(ink, (line, axis) =>
    Float32Array.from(sources[axis], (parts) => parts.reduce((sum, [from, weight]) => sum + weight * line[from], 0)),
  );
}

/**
 * Returns for each new pixel the old ones that it is made of, with their weights: the mean over its area and `spread`
 * of a pixel around it, or linear between two pixels where the picture is smaller.
 *
 * @param {number} n old pixels
 * @param {number} scale
 * @param {number} spread
 * @returns {[number, number][][]}
 */
function weights(n, scale, spread) {
  const nNew = Math.max(1, Math.ceil(n * scale - 1e-6));
  return Array.from({ length: nNew }, (_, i) => {
    const place = Math.min(n - 1, Math.max(0, (i + 0.5) / scale - 0.5));
    const [low, high] = [(i - spread) / scale, (i + 1 + spread) / scale];
    const share = (/** @type {number} */ from) =>
      scale > 1
        ? 1 - Math.abs(place - from)
        : ((Math.min(high, from + 1) - Math.max(low, from)) * scale) / (1 + 2 * spread);
    return Array.from({ length: n }, (_, from) => /** @type {[number, number]} */ ([from, share(from)])).filter(
      ([, weight]) => weight > 0,
    );
  });
}

/**
 * Returns 28 x 28 pixels with the centre of mass in the middle, as far as the ink stays inside.
 *
 * @param {Plane} ink
 */
function centred({ values, width, height }) {
  let [total, across, down] = [0, 0, 0];
  values.forEach((each, i) => {
    total += each;
    across += each * (i % width);
    down += each * Math.floor(i / width);
  });
  const start = (/** @type {number} */ moment, /** @type {number} */ n) =>
    Math.min(Math.max(toEven(SIDE / 2 - moment / total), 0), SIDE - n);
  const [left, top] = [start(across, width), start(down, height)];
  const picture = new Uint8Array(SIDE * SIDE);
  values.forEach((each, i) => {
    picture[(top + Math.floor(i / width)) * SIDE + left + (i % width)] = toEven(255 * each);
  });
  return picture;
}
