// Reading a picture: the hand that it is written in, found by this browser or by the service.

import { askJson } from "../../shell/api.js";
import { tokenOf } from "../../shell/hand.js";
import { bitmaps, rowsOf } from "../../drawing/inference.js";
import { pixelsHere } from "../../drawing/makers.js";
import { text } from "../../shell/messages.js";
import { fileOf, versionOf } from "../../shell/models.js";
import { load, run } from "../../drawing/runtime.js";

/** @import { Model } from "../../shell/models.js" */
/** @typedef {{ hand: string, label: number, confidence: number, src: string }} Reading with its reconstruction */
/** @typedef {{ most_error: number, least_confidence: number }} Thresholds beyond which a picture shows no digit */

const PICTURE = { type: /** @type {const} */ ("uint8"), dims: [1, 28, 28] };
/** @type {Map<string, Promise<Thresholds>>} */
const ready = new Map(); // by the name of the model

/**
 * Waits until this browser can read pictures for a model, and returns the model's thresholds.
 *
 * @param {string} name
 * @param {Model} model
 */
export function prepareReading(name, model) {
  const preparing = ready.get(name) ?? prepare(name, model);
  ready.set(name, preparing);
  preparing.catch(() => ready.delete(name)); // the next attempt starts afresh
  return preparing;
}

/**
 * @param {string} name
 * @param {Model} model
 * @returns {Promise<Thresholds>}
 */
async function prepare(name, model) {
  const [{ card }] = await Promise.all([
    askJson({ path: folderOf(model) }),
    load(encoderOf(model)),
    load(fileOf(versionOf(name))),
  ]);
  await readHere(new Uint8Array(28 * 28), name, model); // the first run compiles
  return card.encoder;
}

/**
 * Returns what this browser reads in a prepared picture, whatever it shows.
 *
 * @param {Uint8Array} prepared
 * @param {string} name of a model that is ready
 * @param {Model} model
 * @returns {Promise<Reading & { error: number }>}
 */
export async function readHere(prepared, name, model) {
  const { latent } = await run(encoderOf(model), { image: { ...PICTURE, data: prepared } }, ["latent"]);
  const numbers = Array.from(/** @type {Float32Array} */ (latent.data));
  const nStyle = model.latent_size - model.n_classes;
  const scores = numbers.slice(nStyle);
  const most = Math.max(...scores);
  const body = { ...versionOf(name), latents: [numbers] };
  const image = await pixelsHere(body, rowsOf(body, model));
  return {
    hand: tokenOf(numbers.slice(0, nStyle)),
    label: scores.indexOf(most),
    confidence: 1 / scores.reduce((sum, each) => sum + Math.exp(each - most), 0), // the largest of the softmax
    error: distance(image.pixels, prepared),
    src: bitmaps(image)[0],
  };
}

/**
 * Returns what the service reads in a picture.
 *
 * @param {Blob} file
 * @param {string} name of the model
 * @param {AbortSignal} signal
 * @returns {Promise<Reading>}
 */
export async function readThere(file, name, signal) {
  const { png, ...reading } = await askJson(
    { path: `encode?${new URLSearchParams(versionOf(name))}`, body: file },
    signal,
  );
  return { ...reading, src: `data:image/png;base64,${png}` };
}

/**
 * Throws, in the service's words, if a reading is too unlike the picture, or too uncertain, for a digit.
 *
 * @param {{ confidence: number, error: number }} reading
 * @param {Thresholds} thresholds
 * @param {string} name of the class
 */
export function check({ confidence, error }, { most_error: mostError, least_confidence: least }, name) {
  if (confidence >= least && error <= mostError) return;
  throw new Error(
    text("hand.no_digit", {
      name,
      confidence: confidence.toFixed(2),
      error: error.toFixed(0),
      least: least.toFixed(2),
      most: mostError.toFixed(0),
    }),
  );
}

/** @param {Model} model */
const folderOf = ({ encoder }) => `models/${encoder?.model}/${encoder?.version}`;
/** @param {Model} model */
const encoderOf = (model) => `${folderOf(model)}/encoder.onnx`;

/**
 * Returns the root mean square of the differences.
 *
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
function distance(one, other) {
  return Math.sqrt(one.reduce((sum, each, i) => sum + (each - other[i]) ** 2, 0) / one.length);
}
