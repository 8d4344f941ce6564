// Inference in this browser: a request as rows of model input, and the model's output as pictures.

import { styleOf } from "../shell/hand.js";
import { between, nearestKeys } from "./latents.js";
import { latentOf } from "./seeds.js";

/** @import { Feed } from "./runtime.js" */

/**
 * The body of a request to generate or, with `steps`, to interpolate.
 *
 * @typedef {object} ImagesBody
 * @property {string} model
 * @property {string} version
 * @property {number[]} [seeds]
 * @property {string[]} [hands] tokens
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

/**
 * Grey levels, image after image; or, with three channels, red, green and blue of each pixel.
 *
 * @typedef {{ pixels: Uint8Array, width: number, height: number, channels?: number }} Pixels
 */

const OWN_CLASS = -1; // leaves a latent the class that it names
const HEADERS_SIZE = 14 + 40; // bytes of a bitmap file's header and of the picture's
const GREYS = 256;
const PART = 8192; // bytes: as many arguments as any browser's functions take
const FAINT = 64; // grey level of the palest ink
const GAP = 2; // pixels to each side of a digit

/**
 * Returns the rows of a request, and the seeds of those rows that have one.
 *
 * @param {ImagesBody} body
 * @param {{ latent_size: number, n_classes: number }} model
 * @returns {Rows & { seeds: number[] }}
 */
export function rowsOf(body, { latent_size: size, n_classes: nClasses }) {
  const { seeds = [], labels = OWN_CLASS, truncation = 1, steps, loop = false } = body;
  const labelled = [labels].flat();
  const { hands, latents: given = hands && latentsIn(hands, labelled.length, size) } = body;
  const keys = given ?? seeds.map((seed) => Array.from(latentOf(seed, size)));
  const latents = steps ? between(keys, steps, loop, size - nClasses) : keys;
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
 * Returns latents in some hands, or in one for several labels.
 *
 * @param {string[]} hands
 * @param {number} nLabels
 * @param {number} size
 */
const latentsIn = (hands, nLabels, size) =>
  Array.from({ length: Math.max(hands.length, nLabels) }, (_, i) => latentOfHand(hands[i % hands.length], size));

/**
 * Returns the latent of a seed, or that of a token, which has no class.
 *
 * @param {string} hand
 * @param {number} size
 */
export function latentOfHand(hand, size) {
  const style = styleOf(hand);
  return style ? [...style, ...new Array(size - style.length).fill(0)] : Array.from(latentOf(Number(hand), size));
}

/**
 * Returns the input tensors of rows.
 *
 * @param {Rows} rows
 * @returns {Record<string, Feed>}
 */
export function feedsOf({ n, latents, labels, truncation }) {
  /** @type {Record<string, Feed>} */
  const feeds = {
    latent: { type: "float32", data: latents, dims: [n, latents.length / n] },
    truncation: { type: "float32", data: new Float32Array(n).fill(truncation), dims: [n] },
  };
  if (labels) feeds.label = { type: "int64", data: BigInt64Array.from(labels, BigInt), dims: [n] };
  return feeds;
}

/**
 * Returns the data address of a picture of a number, with its digits beside each other as people write them.
 *
 * @param {Pixels} images of all ten digits
 * @param {string} digits signs among them leave a space
 */
export function row({ pixels, width, height }, digits) {
  const size = width * height;
  /** @type {number[][]} */
  const columns = []; // each from top to bottom
  const space = Array.from({ length: GAP }, () => new Array(height).fill(0));
  for (const digit of digits) {
    const image = pixels.subarray(Number(digit) * size, (Number(digit) + 1) * size); // empty for a sign
    const all = Array.from({ length: image.length / height }, (_, x) =>
      Array.from({ length: height }, (_, y) => image[y * width + x]),
    );
    const first = all.findIndex(isInked);
    columns.push(...space, ...all.slice(first < 0 ? 0 : first, all.findLastIndex(isInked) + 1), ...space);
  }
  const whole = Uint8Array.from({ length: columns.length * height }, (_, i) => {
    return columns[i % columns.length][Math.floor(i / columns.length)];
  });
  return bitmap(whole, columns.length, height);
}

/**
 * Returns a contact sheet of images, without gaps, as the service's.
 *
 * @param {Pixels} images
 * @param {number} columns
 */
export function sheetOf({ pixels, width, height, channels = 1 }, columns) {
  const n = pixels.length / (width * height * channels);
  const sheet = new ImageData(columns * width, Math.ceil(n / columns) * height);
  for (let i = 0, from = 0; i < n; i++)
    for (let y = 0; y < height; y++) {
      const line = (Math.floor(i / columns) * height + y) * sheet.width + (i % columns) * width;
      for (let to = 4 * line; to < 4 * (line + width); from += channels) {
        for (let c = 0; c < 3; c++) sheet.data[to++] = pixels[from + (channels === 1 ? 0 : c)];
        sheet.data[to++] = 255;
      }
    }
  return sheet;
}

/** @param {number[]} column */
const isInked = (column) => column.some((grey) => grey > FAINT);

/**
 * Returns the data addresses of images.
 *
 * @param {Pixels} images
 */
export function bitmaps({ pixels, width, height, channels = 1 }) {
  const size = width * height * channels;
  return Array.from({ length: pixels.length / size }, (_, i) =>
    bitmap(pixels.subarray(i * size, (i + 1) * size), width, height, channels),
  );
}

/**
 * Returns the data address of a picture as a Windows bitmap, which needs no compression and no checksum.
 *
 * @param {Uint8Array} pixels grey levels, or red, green and blue of each pixel
 * @param {number} width
 * @param {number} height
 * @param {number} channels 1 or 3
 */
export function bitmap(pixels, width, height, channels = 1) {
  const size = width * channels;
  const stride = Math.ceil(size / 4) * 4; // each row begins at a whole word
  const start = HEADERS_SIZE + (channels === 1 ? 4 * GREYS : 0);
  const bytes = new Uint8Array(start + stride * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]); // BM
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, start, true);
  view.setUint32(14, HEADERS_SIZE - 14, true);
  view.setInt32(18, width, true);
  view.setInt32(22, -height, true); // negative: rows from top to bottom
  view.setUint16(26, 1, true); // planes
  view.setUint16(28, 8 * channels, true); // bits per pixel
  if (channels === 1)
    for (let grey = 0; grey < GREYS; grey++) bytes.fill(grey, HEADERS_SIZE + 4 * grey, HEADERS_SIZE + 4 * grey + 3);
  for (let y = 0; y < height; y++) bytes.set(pixels.subarray(y * size, (y + 1) * size), start + y * stride);
  if (channels === 3)
    for (let y = 0; y < height; y++)
      for (let at = start + y * stride; at < start + y * stride + size; at += 3)
        [bytes[at], bytes[at + 2]] = [bytes[at + 2], bytes[at]]; // blue comes first
  let text = "";
  for (let at = 0; at < bytes.length; at += PART) text += String.fromCharCode(...bytes.subarray(at, at + PART));
  return `data:image/bmp;base64,${btoa(text)}`;
}
