// Ink drawn by this browser: from the pixels of digits to curves, by the service's own algorithm, and numbers of them.
// See digitgan/ink/tracing.py for each step and its source, and digitgan/ink/layout.py for what stands where.

/** @import { Pixels } from "./inference.js" */
/** @typedef {[number, number]} Point x to the right and y down, in 1/64 pixel of the model */
/** @typedef {Point[]} Curve the control points of a closed quadratic B-spline, clockwise around ink */

const UNITS = 64;
const STEP = UNITS / 2; // from one node of the lattice to the next
const [REAL, MOST_LIFT] = [48, 64]; // levels: what is darker is no ink, and how much faint ink is lifted
const [DOT, STROKE, PINHOLE] = [UNITS ** 2, 4 * UNITS ** 2, UNITS ** 2 / 16]; // areas
const NEAR = (5 * UNITS) / 2;
const WEIGHTS = [615, -130, 35, -9, 2, -1]; // a cardinal cubic spline at 1/2, 3/2, ...
const UNIT = 1024;
const HALF_INK = (255 * UNIT ** 2) / 2;
const SMOOTHING = [360, 276, 107, -10, -32, -11, 2]; // in 1/1024: the middle, and those of both sides
const ROW = 2 * UNITS; // height of a row in which neighbours are compared
const [GAP, DEEPEST, SPACE] = [3 * UNITS, 4 * UNITS, 7 * UNITS]; // between neighbours; how far one reaches under another
const BASELINE = 24 * UNITS;
export const HEIGHT = 28 * UNITS;

// Paths of a pen in pixels of the model: x from the middle of the sign, y from the baseline.
/** @type {Record<string, string>} */
const SIGNS = {
  ".": "M-.2-1.3l.4.3",
  ",": "M.6-1.6l.1 1.4-.6 1.5-1.3 1.3",
  "-": "M-3.9-8.2L0-8.5l3.9-.1",
  "/": "M4.6-20.5L0-9.3-4.6 1.2",
  ":": "M-.2-11l.4.3M-.2-3l.4.3",
  "+": "M-5.8-9h11.6M0-14.8v11.6",
  "%": "M-8.5-15.4a2.9 2.9 0 1 0 5.8 0 2.9 2.9 0 1 0-5.8 0M4.9-19.5L-4.9.3M2.7-3.6a2.9 2.9 0 1 0 5.8 0 2.9 2.9 0 1 0-5.8 0",
  "(": "M2.4-21q-5.1 4.5-5.1 11t5.1 12.6",
  ")": "M-2.4-21q5.1 4.5 5.1 11t-5.1 12.6",
};
/** @type {Record<string, number>} */
const WIDE = { ".": 1.3, ",": 1.5, "-": 5, "/": 5.7, ":": 1.3, "+": 6.9, "%": 9.6, "(": 3.7, ")": 3.7 }; // to each side
const PEN = 2.2; // pixels

/**
 * Returns the curves around the ink of one image.
 *
 * @param {Uint8Array} pixels grey levels
 * @param {number} width
 * @param {number} height
 * @returns {Curve[]}
 */
export function trace(pixels, width, height) {
  const [columns, rows] = [2 * width + 3, 2 * height + 3];
  const lattice = latticeOf(pixels, width, height);
  const loops = loopsOf(followingOf(lattice, columns, rows));
  const curves = loops.map((places) =>
    smoothed(
      places.map((place) => crossing(lattice, columns, place)),
      width,
      height,
    ),
  );
  return withoutSpecks(curves);
}

/**
 * Returns interpolated grey levels at steps of half a pixel, with a ring of black around them.
 *
 * @param {Uint8Array} pixels
 * @param {number} width
 * @param {number} height
 */
function latticeOf(pixels, width, height) {
  const lifted = lift(pixels, width, height);
  /** @type {number[][]} */
  const columns = Array.from({ length: width }, (_, x) =>
    halved(Array.from({ length: height }, (_, y) => lifted[y * width + x])),
  );
  const ring = 2 * width + 3;
  const all = new Float64Array(ring * (2 * height + 3));
  for (let y = 0; y < 2 * height + 1; y++) {
    all.set(halved(columns.map((column) => column[y])), (y + 1) * ring + 1);
  }
  return all;
}

/**
 * @param {Uint8Array} pixels
 * @param {number} width
 * @param {number} height
 */
function lift(pixels, width, height) {
  /** @type {(values: number[], x: number, y: number) => number[]} */
  const around = (values, x, y) => {
    const [xs, ys] = [x, y].map((at, i) =>
      [-1, 0, 1].map((d) => Math.min(Math.max(at + d, 0), (i ? height : width) - 1)),
    );
    return ys.flatMap((each) => xs.map((other) => values[each * width + other]));
  };
  const places = Array.from(pixels, (_, i) => /** @type {Point} */ ([i % width, Math.floor(i / width)]));
  const levels = Array.from(pixels);
  const highest = places.map(([x, y]) => Math.max(...around(levels, x, y)));
  return places.map(([x, y], i) => {
    const mean = Math.floor(around(highest, x, y).reduce((sum, each) => sum + each, 0) / 9);
    const more = mean < REAL ? 0 : Math.min(Math.max(127 - Math.floor((36 * mean) / 64), 0), MOST_LIFT);
    return Math.min(pixels[i] + more, 255);
  });
}

/**
 * Returns values at twice as many places, times `UNIT`.
 *
 * @param {number[]} values
 */
function halved(values) {
  const n = values.length;
  return Array.from({ length: 2 * n + 1 }, (_, i) => {
    if (i % 2) return UNIT * values[(i - 1) / 2];
    return WEIGHTS.reduce((sum, weight, k) => {
      return sum + weight * ((values[i / 2 - 1 - k] ?? 0) + (values[i / 2 + k] ?? 0));
    }, 0);
  });
}

/**
 * Returns where the lattice crosses half of full ink, on the edge to the right of a node, or on that below it.
 *
 * @param {Float64Array} lattice
 * @param {number} columns
 * @param {number} place twice the node, plus 1 for the edge below it
 * @returns {Point}
 */
function crossing(lattice, columns, place) {
  const [node, isBelow] = [place >> 1, place & 1];
  const [a, b] = [lattice[node], lattice[node + (isBelow ? columns : 1)]];
  const rise = b - a;
  const along = Math.floor((2 * STEP * (HALF_INK - a) + rise) / (2 * rise));
  const [x, y] = [((node % columns) - 1) * STEP, (Math.floor(node / columns) - 1) * STEP];
  return isBelow ? [x, y + along] : [x + along, y];
}

/**
 * Returns how the crossings follow each other, with ink on the right-hand side.
 *
 * @param {Float64Array} lattice
 * @param {number} columns
 * @param {number} rows
 */
function followingOf(lattice, columns, rows) {
  /** @type {Map<number, number>} */
  const following = new Map();
  for (let node = 0; node < columns * (rows - 1); node++) {
    if (node % columns === columns - 1) continue;
    const corners = [node, node + 1, node + columns + 1, node + columns]; // clockwise from the upper left
    const isInk = corners.map((corner) => Number(lattice[corner] >= HALF_INK));
    const places = [2 * node, 2 * (node + 1) + 1, 2 * (node + columns), 2 * node + 1]; // of the sides, from the top
    const passes = isInk.map((ink, side) => ink - isInk[(side + 1) % 4]); // 1 enters the cell, -1 leaves it
    const isSaddle = passes.every(Boolean);
    const isJoined = corners.reduce((sum, corner) => sum + lattice[corner], 0) >= 4 * HALF_INK;
    passes.forEach((pass, side) => {
      if (pass !== 1) return;
      for (const turn of isSaddle ? [isJoined ? 1 : 3] : [1, 2, 3]) {
        if (passes[(side + turn) % 4] === -1) following.set(places[side], places[(side + turn) % 4]);
      }
    });
  }
  return following;
}

/** @param {Map<number, number>} following */
function loopsOf(following) {
  const firsts = [...following.keys()].filter((place) => place % 2 === 0).sort((a, b) => a - b);
  return firsts.flatMap((first) => {
    const loop = [];
    for (let place = first, next = following.get(place); next !== undefined; next = following.get(place)) {
      loop.push(place);
      following.delete(place);
      place = next;
    }
    return loop.length ? [loop] : [];
  });
}

/**
 * @param {Curve} curve
 * @param {number} width
 * @param {number} height
 * @returns {Curve}
 */
function smoothed(curve, width, height) {
  const n = curve.length;
  const mean = (/** @type {number} */ i, /** @type {0 | 1} */ axis) => {
    const total = SMOOTHING.reduce((sum, weight, d) => {
      const [before, after] = [curve[(((i - d) % n) + n) % n][axis], curve[(i + d) % n][axis]];
      return sum + weight * (d ? before + after : before);
    }, 0);
    return Math.min(Math.max(Math.floor((2 * total + UNIT) / (2 * UNIT)), 0), (axis ? height : width) * UNITS);
  };
  return curve.map((_, i) => [mean(i, 0), mean(i, 1)]);
}

/** @param {Curve[]} curves */
function withoutSpecks(curves) {
  const areas = curves.map(twiceArea);
  const strokes = curves.filter((_, i) => areas[i] >= 2 * STROKE);
  const isKept = curves.map((curve, i) => {
    const area = areas[i];
    return area >= 2 * STROKE || (area >= 2 * DOT && isNear(curve, strokes)) || (area < 0 && -area >= 2 * PINHOLE);
  });
  const specks = curves.filter((_, i) => areas[i] >= 0 && !isKept[i]).map(boxOf);
  return curves.filter(
    (curve, i) => isKept[i] && !(areas[i] < 0 && specks.some((speck) => holds(speck, boxOf(curve)))),
  );
}

/**
 * @param {Curve} curve
 * @param {Curve[]} strokes
 */
const isNear = (curve, strokes) =>
  strokes.flat().some(([x, y]) => curve.some(([u, v]) => (x - u) ** 2 + (y - v) ** 2 <= NEAR ** 2));

/** @param {Curve} curve */
function twiceArea(curve) {
  return curve.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = curve[(i + 1) % curve.length];
    return sum + x * nextY - nextX * y;
  }, 0);
}

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */

/** @param {Point[]} points */
function boxOf(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

/**
 * @param {Box} outer
 * @param {Box} inner
 */
const holds = (outer, inner) =>
  outer.left <= inner.left && outer.top <= inner.top && inner.right <= outer.right && inner.bottom <= outer.bottom;

/**
 * Returns curves as the path data of SVG, in which a unit is half a unit of the points.
 *
 * @param {Curve[]} curves
 */
export function pathOf(curves) {
  return curves.map(pathOfCurve).join("");
}

/** @param {Curve} curve */
function pathOfCurve(curve) {
  /** @type {Point[]} */
  const ends = curve.map(([x, y], i) => {
    const [nextX, nextY] = curve[(i + 1) % curve.length];
    return [x + nextX, y + nextY];
  });
  const start = ends[ends.length - 1];
  const steps = ends.map((end, i) => minus(end, i ? ends[i - 1] : start));
  const control = minus([2 * curve[0][0], 2 * curve[0][1]], start);
  return `M${numbers([start])}q${numbers([control, steps[0]])}t${numbers(steps.slice(1))}z`;
}

/**
 * @param {Point} one
 * @param {Point} other
 * @returns {Point}
 */
const minus = (one, other) => [one[0] - other[0], one[1] - other[1]];

/** @param {Point[]} points */
const numbers = (points) => points.flat().join(" ").replaceAll(" -", "-");

/**
 * Returns a number in ink as an SVG document.
 *
 * @param {Pixels} images of all ten digits
 * @param {string} number
 * @param {boolean} isNatural whether digits are as close as people write them, or in equal squares
 */
export function written({ pixels, width, height }, number, isNatural) {
  const size = width * height;
  /** @type {Map<string, Curve[]>} */
  const traced = new Map();
  for (const sign of new Set(number.replace(/\D/g, ""))) {
    traced.set(sign, trace(pixels.subarray(Number(sign) * size, (Number(sign) + 1) * size), width, height));
  }
  const glyphs = [...number].map((sign) => traced.get(sign) ?? []);
  const square = width * UNITS;
  const steps = isNatural ? stepsOf(glyphs, number) : glyphs.map((_, i) => i * square);
  const boxes = glyphs.map((glyph, i) => boxOf(glyph.length ? glyph.flat() : [...number[i]].flatMap(pointsOfSign)));
  const first = isNatural ? Math.min(...steps.map((step, i) => step + boxes[i].left)) - UNITS : 0;
  const last = isNatural ? Math.max(...steps.map((step, i) => step + boxes[i].right)) + UNITS : number.length * square;
  const drawn = glyphs.map((glyph, i) => {
    const moved = 2 * (steps[i] - first);
    if (glyph.length) return `<path transform="translate(${moved})" d="${pathOf(glyph)}"/>`;
    const sign = SIGNS[number[i]];
    if (!sign) return "";
    const place = `translate(${moved + square} ${2 * BASELINE}) scale(${2 * UNITS})`;
    return `<path transform="${place}" d="${sign}" fill="none" stroke="currentColor" stroke-width="${PEN}" stroke-linecap="round" stroke-linejoin="round"/>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * (last - first)} ${2 * HEIGHT}" fill="currentColor" ` +
    `fill-rule="evenodd">${drawn.join("")}</svg>`
  );
}

/**
 * Returns about where the ink of a sign is.
 *
 * @param {string} sign
 * @returns {Point[]}
 */
function pointsOfSign(sign) {
  const middle = HEIGHT / 2;
  if (sign === " ") return [[middle, BASELINE], [middle + SPACE, BASELINE]]; // prettier-ignore
  const half = WIDE[sign] * UNITS;
  return [[middle - half, BASELINE - 20 * UNITS], [middle - half, BASELINE], [middle + half, BASELINE - 20 * UNITS], [middle + half, BASELINE]]; // prettier-ignore
}

/**
 * Returns how far to the right each glyph is moved, so that neighbours are as close as people write them.
 *
 * @param {Curve[][]} glyphs
 * @param {string} number
 */
function stepsOf(glyphs, number) {
  const inks = glyphs.map((glyph, i) => (glyph.length ? glyph.flat() : pointsOfSign(number[i])));
  let at = 0;
  return inks.map((ink, i) => {
    if (i) at += stepOf(inks[i - 1], ink, glyphs[i].length > 0 && glyphs[i - 1].length > 0);
    return at;
  });
}

/**
 * @param {Point[]} before
 * @param {Point[]} after
 * @param {boolean} areDigits which may reach under each other
 */
function stepOf(before, after, areDigits) {
  const [one, other] = [boxOf(before), boxOf(after)];
  const deepest = areDigits ? Math.min(DEEPEST, (one.right - one.left) / 2, (other.right - other.left) / 2) : -GAP;
  const [rights, lefts] = [edges(before, Math.max), edges(after, Math.min)];
  const near = [...lefts].flatMap(([row, left]) => [-1, 0, 1].map((d) => (rights.get(row + d) ?? -Infinity) - left));
  return Math.max(Math.max(...near) + GAP, one.right - other.left - deepest);
}

/**
 * Returns the outermost x in each row of points.
 *
 * @param {Point[]} points
 * @param {(one: number, other: number) => number} outermost
 */
function edges(points, outermost) {
  /** @type {Map<number, number>} */
  const found = new Map();
  for (const [x, y] of points) {
    const row = Math.floor(y / ROW);
    found.set(row, outermost(found.get(row) ?? x, x));
  }
  return found;
}
