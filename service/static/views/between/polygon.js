// The figure whose corners are the keys of a film: a square for four of them, and a line for two.

/** @typedef {[number, number]} Point from 0 at the left and at the top to 1 */

/** @type {Record<number, Point[]>} */
const OWN = {
  2: [
    [0, 0.5],
    [1, 0.5],
  ],
  4: [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ],
};

/**
 * Returns the corners, clockwise; the first is above, or above and to the left.
 *
 * @param {number} n at least 2
 * @returns {Point[]}
 */
export function cornersOf(n) {
  const angles = Array.from({ length: n }, (_, i) => 2 * Math.PI * (i / n - 0.25));
  return OWN[n] ?? angles.map((angle) => [0.5 + Math.cos(angle) / 2, 0.5 + Math.sin(angle) / 2]);
}

/**
 * Returns the point on the outline that is some way from the first corner.
 *
 * @param {Point[]} corners
 * @param {number} way 1 for each side
 */
export function along(corners, way) {
  const side = Math.floor(way);
  return between(corners[side % corners.length], corners[(side + 1) % corners.length], way - side);
}

/**
 * Returns the point of the figure that is nearest to a point.
 *
 * @param {Point[]} corners
 * @param {Point} point
 * @returns {Point}
 */
export function inside(corners, point) {
  const n = corners.length;
  if (n > 2 && corners.every((corner, i) => area(corner, corners[(i + 1) % n], point) >= 0)) return point;
  const sides = corners.map((corner, i) => onSide(corner, corners[(i + 1) % n], point));
  const distance = (/** @type {Point} */ [x, y]) => Math.hypot(x - point[0], y - point[1]);
  return sides.reduce((best, each) => (distance(each) < distance(best) ? each : best));
}

/**
 * Returns how much of each corner there is at a point of the figure: on a side, only of that side's two corners, in
 * proportion to how near they are. In a square, the weights are bilinear.
 * Source: Wachspress, "A rational finite element basis" (1975), for convex polygons.
 *
 * @param {Point[]} corners
 * @param {Point} point
 */
export function weightsAt(corners, point) {
  const n = corners.length;
  if (n === 2) return [1 - point[0], point[0]];
  const toSides = corners.map((corner, i) => Math.max(0, area(corner, corners[(i + 1) % n], point)));
  const weights = corners.map((corner, i) => {
    const own = area(corners[(i + n - 1) % n], corner, corners[(i + 1) % n]);
    return toSides.reduce(
      (product, each, side) => (side === i || side === (i + n - 1) % n ? product : product * each),
      own,
    );
  });
  const sum = weights.reduce((one, other) => one + other);
  return weights.map((each) => each / sum);
}

/**
 * @param {Point} start
 * @param {Point} end
 * @param {Point} point
 */
function onSide(start, end, point) {
  const [x, y] = [end[0] - start[0], end[1] - start[1]];
  const part = ((point[0] - start[0]) * x + (point[1] - start[1]) * y) / (x * x + y * y);
  return between(start, end, Math.min(1, Math.max(0, part)));
}

/**
 * @param {Point} start
 * @param {Point} end
 * @param {number} part
 * @returns {Point}
 */
const between = (start, end, part) => [(1 - part) * start[0] + part * end[0], (1 - part) * start[1] + part * end[1]];

/**
 * Returns twice the area of a triangle; positive if its corners are clockwise.
 *
 * @param {Point} one
 * @param {Point} other
 * @param {Point} third
 */
const area = (one, other, third) =>
  (other[0] - one[0]) * (third[1] - one[1]) - (other[1] - one[1]) * (third[0] - one[0]);
