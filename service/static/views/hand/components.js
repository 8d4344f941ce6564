// The connected parts of a mask of pixels, and which of them are the digit; a part of preparation.js.

import { text } from "../../shell/messages.js";

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box right, bottom: exclusive */
/** @typedef {Box & { area: number }} Part */

const SUBSTANTIAL = 0.1; // of the largest part's area
const SPECK = 0.01;
const SPECK_AREA = 12; // pixels of a reduced picture, in noise
const GAP = 0.08; // of the height: between figures side by side
const TALL = 0.5; // of the height: what a figure has at least
const [FULL, OVERLAP] = [0.75, 0.3]; // of the height, of the width: figures so tall are two if they overlap less
const MAX_PARTS = 8;
export const BLANK = text("hand.blank");

/**
 * Returns the parts of a mask whose pixels touch, at a side or at a corner, and for each pixel 0 or 1 and the position
 * of its part among them.
 *
 * @param {Uint8Array} mask 1 where it is set
 * @param {number} width
 * @param {number} height
 */
export function components(mask, width, height) {
  const labels = new Int32Array(mask.length);
  /** @type {Part[]} */
  const parts = [];
  const open = []; // pixels whose neighbours are still unseen
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || labels[start]) continue;
    const part = { area: 0, left: width, top: height, right: 0, bottom: 0 };
    parts.push(part);
    labels[start] = parts.length;
    open.push(start);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const x = at % width;
      const y = (at - x) / width;
      part.area++;
      part.left = Math.min(part.left, x);
      part.top = Math.min(part.top, y);
      part.right = Math.max(part.right, x + 1);
      part.bottom = Math.max(part.bottom, y + 1);
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const next = v * width + u;
          if (!mask[next] || labels[next]) continue;
          labels[next] = parts.length;
          open.push(next);
        }
      }
    }
  }
  return { labels, parts };
}

/**
 * Returns which parts are the digit.
 *
 * @param {Int32Array} labels
 * @param {Part[]} parts
 * @param {number} width
 * @param {number} height
 * @param {boolean} isNoisy
 */
export function digitOf(labels, parts, width, height, isNoisy) {
  const onBorder = sharesOfBorder(labels, parts.length, width, height);
  if (onBorder.some((shares) => Math.min(...shares) > 0.3)) {
    throw new Error(text("hand.edges"));
  }
  const stripes = onBorder.filter(([top, bottom, left, right]) => (top && bottom) || (left && right));
  if (stripes.length > 1) throw new Error(text("hand.stripes"));
  const isEdge = onBorder.map((shares) => Math.max(...shares) > 0.25);
  const tall = (/** @type {Part} */ { left, top, right, bottom }) => Math.max(right - left, bottom - top);
  const hasOther = parts.some((part, i) => !isEdge[i] && tall(part) >= Math.max(6, 0.05 * Math.max(width, height)));
  const isLine = parts.map(({ left, top, right, bottom }) => {
    return Math.min(right - left, bottom - top) <= 2 && Math.max(right - left, bottom - top) >= 20;
  });
  const inside = parts.map(({ area }, i) => (isEdge[i] && hasOther ? 0 : area));
  const hasMore = inside.some((area, i) => !isLine[i] && area >= SPECK_AREA);
  const areas = inside.map((area, i) => (isLine[i] && hasMore ? 0 : area));
  const largest = Math.max(...areas);
  if (isNoisy && largest < SPECK_AREA) throw new Error(BLANK);
  const large = parts.filter((_, i) => areas[i] >= SUBSTANTIAL * largest);
  if (large.length > MAX_PARTS) {
    throw new Error(text("hand.marks", { n: large.length }));
  }
  const { left, top, right, bottom } = boxOf(large);
  const nFigures = figures(large);
  if (nFigures > 1) throw new Error(text("hand.figures", { n: nFigures }));
  const margin = 0.1 * Math.max(right - left, bottom - top);
  return parts.map((part, i) => {
    const isInside =
      part.left >= left - margin &&
      part.top >= top - margin &&
      part.right <= right + margin &&
      part.bottom <= bottom + margin;
    return areas[i] >= SUBSTANTIAL * largest || (isInside && areas[i] >= Math.max(2, SPECK * largest));
  });
}

/**
 * Returns the share of each edge of the picture that each part covers.
 *
 * @param {Int32Array} labels
 * @param {number} n parts
 * @param {number} width
 * @param {number} height
 */
function sharesOfBorder(labels, n, width, height) {
  const shares = Array.from({ length: n }, () => [0, 0, 0, 0]);
  const count = (/** @type {number} */ at, /** @type {number} */ edge, /** @type {number} */ length) => {
    if (labels[at]) shares[labels[at] - 1][edge] += 1 / length;
  };
  for (let x = 0; x < width; x++) {
    count(x, 0, width);
    count((height - 1) * width + x, 1, width);
  }
  for (let y = 0; y < height; y++) {
    count(y * width, 2, height);
    count((y + 1) * width - 1, 3, height);
  }
  return shares;
}

/**
 * Returns how many figures parts are, side by side; a lower part beside a taller one is no figure of its own.
 *
 * @param {Part[]} parts
 */
function figures(parts) {
  const around = boxOf(parts);
  const height = around.bottom - around.top;
  /** @type {Box[]} */
  const groups = [];
  const order = (/** @type {Part} */ one, /** @type {Part} */ other) => one.left - other.left || one.top - other.top;
  for (const { left, top, right, bottom } of parts.toSorted(order)) {
    const last = groups[groups.length - 1];
    const areBothTall = last && Math.min(bottom - top, last.bottom - last.top) >= FULL * height;
    const overlap = last && (last.right - left) / Math.min(right - left, last.right - last.left);
    if (last && left - last.right < GAP * height && !(areBothTall && overlap < OVERLAP)) {
      last.top = Math.min(last.top, top);
      last.right = Math.max(last.right, right);
      last.bottom = Math.max(last.bottom, bottom);
    } else groups.push({ left, top, right, bottom });
  }
  return groups.filter(({ top, bottom }) => bottom - top >= TALL * height).length;
}

/**
 * Returns the box around boxes.
 *
 * @param {Box[]} boxes
 * @returns {Box}
 */
export function boxOf(boxes) {
  return {
    left: Math.min(...boxes.map(({ left }) => left)),
    top: Math.min(...boxes.map(({ top }) => top)),
    right: Math.max(...boxes.map(({ right }) => right)),
    bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  };
}
