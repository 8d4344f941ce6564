// Planes of numbers, such as the ink of a picture, and figures of many numbers.

/** @typedef {{ values: Float32Array, width: number, height: number }} Plane */

/**
 * Changes each row, and then each column of what that gives.
 *
 * @param {Plane} plane
 * @param {(line: Float32Array, axis: 0 | 1) => Float32Array} change
 * @returns {Plane}
 */
export function alongBoth({ values, width, height }, change) {
  for (const axis of /** @type {const} */ ([0, 1])) {
    const rows = Array.from({ length: height }, (_, y) => change(values.subarray(y * width, (y + 1) * width), axis));
    [width, height] = [height, rows[0].length]; // turned over
    values = new Float32Array(width * height);
    for (let x = 0; x < width; x++) for (let y = 0; y < height; y++) values[y * width + x] = rows[x][y];
  }
  return { values, width, height };
}

/**
 * Returns the quantile of numbers, linearly between the nearest two.
 *
 * @param {Float32Array} numbers
 * @param {number} part
 */
export function quantile(numbers, part) {
  const copy = numbers.slice();
  const place = part * (copy.length - 1);
  const low = Math.floor(place);
  select(copy, low);
  if (place === low) return copy[low];
  return copy[low] + (place - low) * (copy.subarray(low + 1).reduce((one, other) => Math.min(one, other)) - copy[low]);
}

/**
 * Moves the k-th smallest number to its place, between smaller and larger ones, which takes less time than to sort all.
 * Source: Hoare, "Algorithm 65: find" (1961).
 *
 * @param {Float32Array} numbers
 * @param {number} k
 */
function select(numbers, k) {
  for (let [first, last] = [0, numbers.length - 1]; first < last;) {
    const middle = numbers[(first + last) >> 1];
    let [i, j] = [first, last];
    while (i <= j) {
      while (numbers[i] < middle) i++;
      while (numbers[j] > middle) j--;
      if (i > j) break;
      const moved = numbers[i];
      numbers[i++] = numbers[j];
      numbers[j--] = moved;
    }
    if (k <= j) last = j;
    else if (k >= i) first = i;
    else return;
  }
}

/** @param {Float32Array} numbers */
export const sumOfCubes = (numbers) => numbers.reduce((sum, each) => sum + each * each * each, 0);
