// Who makes the pictures of a view, the service or this browser, and how long each took recently.

import { askJson } from "./api.js";
import { find } from "./elements.js";
import { bitmaps, feedsOf, rowsOf } from "./inference.js";
import { canRun, load, run } from "./runtime.js";
import { change } from "./state.js";

/** @import { ImagesBody, Pixels, Rows } from "./inference.js" */
/** @import { Models } from "./models.js" */
/** @typedef {"server" | "browser"} Maker */
/** @typedef {{ path: string, body: ImagesBody, by: Maker }} ImagesCall */
/** @typedef {{ seed?: number | null, src: string }} MadeImage its seed, if it has one, and its picture's address */

const N_TIMES = 9; // answers that a median is taken of
const PATIENCE_MS = 200; // a wait shorter than this is not announced
const note = find("#by-note", HTMLElement);
/** @type {Record<Maker, { n: number, times: number[] }>} */
const took = { server: { n: 0, times: [] }, browser: { n: 0, times: [] } };
/** @type {Models} */
let models;

/**
 * Sets up the switch between the makers. If this browser cannot draw, it cannot be chosen, and a note says why.
 *
 * @param {Models} served
 */
export function initialiseMakers(served) {
  models = served;
  const server = find("[name=by][value=server]", HTMLInputElement);
  const browser = find("[name=by][value=browser]", HTMLInputElement);
  note.textContent = obstacle(served, "the server draws");
  browser.disabled = note.textContent !== "";
  server.onchange = browser.onchange = () => (note.textContent = "");
}

/**
 * Returns why this browser cannot run the models, or nothing if it can.
 *
 * @param {Models} served
 * @param {string} instead what happens then
 */
export function obstacle(served, instead) {
  if (!canRun()) return `This browser has no WebAssembly, so ${instead}.`;
  if (served.names.every((name) => served.get(name).file_url === null)) {
    return `This server does not give out its models, so ${instead}.`;
  }
  return "";
}

/**
 * Returns the images of a request.
 *
 * @param {ImagesCall} call
 * @param {AbortSignal} signal
 * @returns {Promise<MadeImage[]>}
 */
export async function images({ by, ...call }, signal) {
  if (by === "browser") await prepare(fileOf(call.body));
  const started = performance.now();
  const made = await (by === "browser" ? imagesHere(call.body) : imagesThere(call, signal));
  record(by, made.length, performance.now() - started);
  return made;
}

/**
 * @param {{ path: string, body: ImagesBody }} call
 * @param {AbortSignal} signal
 * @returns {Promise<MadeImage[]>}
 */
export async function imagesThere(call, signal) {
  /** @type {{ images: { seed: number | null, png: string }[] }} */
  const answer = await askJson(call, signal);
  return answer.images.map(({ seed, png }) => ({ seed, src: `data:image/png;base64,${png}` }));
}

/**
 * @param {ImagesBody} body
 * @returns {Promise<MadeImage[]>}
 */
async function imagesHere(body) {
  const { seeds, ...rows } = rowsOf(body, modelOf(body));
  return bitmaps(await pixelsHere(body, rows)).map((src, i) => ({ seed: seeds[i], src }));
}

/**
 * Returns the pixels of the images of a request, made by this browser, which has loaded the model.
 *
 * @param {ImagesBody} body
 * @param {Rows} [rows]
 * @returns {Promise<Pixels>}
 */
export async function pixelsHere(body, rows = rowsOf(body, modelOf(body))) {
  const { image } = await run(fileOf(body), feedsOf(rows), ["image"]);
  const [, height, width, channels] = image.dims;
  return { pixels: /** @type {Uint8Array} */ (image.data), height, width, channels };
}

/** @param {ImagesBody} body */
const modelOf = ({ model, version }) => models.get(`${model} ${version}`);

/**
 * Returns the path of a model version's file.
 *
 * @param {{ model: string, version: string }} version
 */
export const fileOf = ({ model, version }) => `models/${model}/${version}/model.onnx`;

/**
 * Waits until this browser can run a model. If it cannot, the server is chosen again, and a note says why.
 *
 * @param {string} path of the model's file
 */
async function prepare(path) {
  const patience = setTimeout(() => (note.textContent = "Fetching the model and its runtime, once."), PATIENCE_MS);
  try {
    await load(path);
    note.textContent = "This browser draws; the server gets no requests.";
  } catch (error) {
    note.textContent = `This browser cannot draw: ${error instanceof Error ? error.message : error}. The server draws.`;
    change({ by: "server" }); // every view repeats its request
    throw new DOMException("", "AbortError");
  } finally {
    clearTimeout(patience);
  }
}

/**
 * Shows how long a maker takes for this many images: the median, since a single slow answer says little.
 *
 * @param {Maker} by
 * @param {number} n
 * @param {number} ms
 */
function record(by, n, ms) {
  const { n: before, times } = took[by];
  took[by] = { n, times: [...(n === before ? times : []), ms].slice(-N_TIMES) };
  const sorted = took[by].times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  find(`#by-${by}`, HTMLElement).textContent = `${median < 10 ? median.toFixed(1) : Math.round(median)} ms`;
}
