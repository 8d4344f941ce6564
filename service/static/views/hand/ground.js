// The paper of a picture, and how much each pixel differs from it; a part of preparation.js.

import { alongBoth, quantile, sumOfCubes } from "./planes.js";

/** @import { Plane } from "./planes.js" */

const SMALL = 64; // pixels: a smaller picture's paper is taken as even
const MOSTLY = 0.6; // of the border: so much has one shade where the paper has
const DARKEST = 48; // grey levels of paper: noise in the dark is not made larger than that

/**
 * Returns whether the ink is lighter than the paper, in a picture whose values are 0 to 255.
 *
 * @param {Plane} picture
 */
export function hasLightInk(picture) {
  const { values, ...size } = picture;
  const { paper, differences } = borderOf(picture);
  if (isEven(picture, differences)) {
    const most = values.reduce((one, other) => Math.max(one, other));
    const least = values.reduce((one, other) => Math.min(one, other));
    return most - paper > paper - least;
  }
  const logarithms = values.map((each) => Math.log(each + DARKEST));
  const reach = Math.floor(Math.max(size.width, size.height) / 6);
  const mean = meanAround({ values: logarithms, ...size }, reach);
  return sumOfCubes(logarithms.map((each, i) => each - mean[i])) > 0; // more above the mean than below it
}

/**
 * Returns how much of the possible difference from the paper each pixel has, and the noise of the paper.
 *
 * @param {Plane} picture
 * @param {boolean} isLight
 */
export function differenceFromPaper({ values: given, ...size }, isLight) {
  const values = isLight ? given : given.map((each) => 255 - each);
  const { paper, differences } = borderOf({ values, ...size });
  if (isEven({ values, ...size }, differences)) {
    const possible = Math.max(255 - paper, 1);
    return { ink: values.map((each) => (each - paper) / possible), noise: noiseOf(differences) / possible };
  }
  const smooth = { values: meanAround({ values, ...size }, 1), ...size };
  const surface = opened(smooth, Math.floor(Math.max(size.width, size.height) / 4));
  const ink = values.map((each, i) => (each - surface[i]) / Math.max(255 - surface[i], DARKEST));
  const usual = quantile(ink, 0.5);
  for (let i = 0; i < ink.length; i++) ink[i] -= usual;
  return { ink, noise: noiseOf(ink) };
}

/**
 * Returns the median of a picture's border, and how much each of its pixels differs from that.
 *
 * @param {Plane} picture
 */
function borderOf({ values, width, height }) {
  const frame = Math.max(1, Math.floor(Math.min(width, height) / 32));
  /** @type {number[]} */
  const border = [];
  for (let y = 0; y < height; y++) {
    const row = values.subarray(y * width, (y + 1) * width);
    if (y < frame || y >= height - frame) border.push(...row);
    border.push(...row.subarray(0, frame), ...row.subarray(-frame));
  }
  const paper = quantile(Float32Array.from(border), 0.5);
  return { paper, differences: Float32Array.from(border, (each) => each - paper) };
}

/**
 * Returns whether the paper has one shade, as in a drawing; a small picture's is taken to have.
 *
 * @param {Plane} picture
 * @param {Float32Array} differences of its border
 */
function isEven({ width, height }, differences) {
  const n = differences.filter((each) => Math.abs(each) <= 1).length;
  return Math.max(width, height) <= SMALL || n >= MOSTLY * differences.length;
}

/**
 * Returns the standard deviation of normal noise among differences that are mostly noise.
 *
 * @param {Float32Array} differences
 */
const noiseOf = (differences) => 1.4826 * quantile(differences.map(Math.abs), 0.5);

/**
 * Returns the mean around each pixel, up to `reach` pixels away in each direction.
 *
 * @param {Plane} plane
 * @param {number} reach
 */
export function meanAround(plane, reach) {
  const { values } = alongBoth(plane, (line) => {
    const n = line.length;
    const sums = new Float64Array(n + 1);
    for (let i = 0; i < n; i++) sums[i + 1] = sums[i] + line[i];
    return line.map((_, i) => {
      const [low, high] = [Math.max(0, i - reach), Math.min(n, i + reach + 1)];
      return (sums[high] - sums[low]) / (high - low);
    });
  });
  return values;
}

/**
 * Returns values without what is lighter than its surroundings and narrower than a square: a morphological opening.
 * A slope, and a straight border between two shades, stay as they are. Squares may lie partly outside of the picture.
 *
 * @param {Plane} plane
 * @param {number} side
 */
function opened(plane, side) {
  const sides = [Math.min(side, plane.width), Math.min(side, plane.height)];
  const lowest = alongBoth(plane, (line, axis) => {
    const margin = sides[axis] - 1;
    const around = new Float32Array(line.length + 2 * margin).fill(-Infinity);
    around.set(
      line.map((each) => -each),
      margin,
    );
    return highest(around, sides[axis]).map((each) => -each);
  });
  return alongBoth(lowest, (line, axis) => highest(line, sides[axis])).values;
}

/**
 * Returns the highest value of each stretch of so many numbers.
 *
 * @param {Float32Array} line
 * @param {number} side
 */
function highest(line, side) {
  for (let reached = 1; reached < side;) {
    const step = Math.min(reached, side - reached);
    const [one, other] = [line, line.subarray(step)];
    line = new Float32Array(other.length);
    for (let i = 0; i < line.length; i++) line[i] = Math.max(one[i], other[i]);
    reached += step;
  }
  return line;
}
