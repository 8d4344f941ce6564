// Who makes the pictures of a view, the service or this browser, and how long each took recently.

import { ask, askJson } from "./api.js";
import { find } from "./elements.js";
import { bitmap, rowsOf } from "./inference.js";
import { change } from "./state.js";

/** @import { ImagesBody, Rows } from "./inference.js" */
/** @import { Models } from "./models.js" */
/** @typedef {"server" | "browser"} Maker */
/** @typedef {{ path: string, body: ImagesBody, by: Maker }} ImagesCall */
/** @typedef {{ seed?: number | null, src: string }} MadeImage its seed, if it has one, and its picture's address */
/** @typedef {{ pixels: Uint8Array, width: number, height: number }} Output of a model run, image after image */

const N_TIMES = 9; // answers that a median is taken of
const PATIENCE_MS = 200; // a wait shorter than this is not announced
const note = find("#by-note", HTMLElement);
/** @type {Record<Maker, { n: number, times: number[] }>} */
const took = { server: { n: 0, times: [] }, browser: { n: 0, times: [] } };
/** @type {Models} */
let models;

/** @type {Map<number, { resolve: (output: Output) => void, reject: (error: Error) => void }>} */
const waiting = new Map(); // for the worker's answers, by the message's number
/** @type {Map<string, Promise<void>>} */
const loading = new Map(); // models in the worker, by name and version
/** @type {Worker | undefined} */
let worker;
let nMessages = 0;

/**
 * Sets up the switch between the makers. If this browser cannot draw, it cannot be chosen, and a note says why.
 *
 * @param {Models} served
 */
export function initialiseMakers(served) {
  models = served;
  const server = find("[name=by][value=server]", HTMLInputElement);
  const browser = find("[name=by][value=browser]", HTMLInputElement);
  note.textContent = obstacle();
  browser.disabled = note.textContent !== "";
  server.onchange = browser.onchange = () => (note.textContent = "");
}

function obstacle() {
  if (typeof WebAssembly !== "object" || typeof Worker !== "function") {
    return "This browser has no WebAssembly, so the server draws.";
  }
  if (models.names.every((name) => models.get(name).file_url === null)) {
    return "This server does not give out its models, so the server draws.";
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
  if (by === "browser") await prepare(nameOf(call.body));
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
async function imagesThere(call, signal) {
  /** @type {{ images: { seed: number | null, png: string }[] }} */
  const answer = await askJson(call, signal);
  return answer.images.map(({ seed, png }) => ({ seed, src: `data:image/png;base64,${png}` }));
}

/**
 * @param {ImagesBody} body
 * @returns {Promise<MadeImage[]>}
 */
async function imagesHere(body) {
  const model = nameOf(body);
  const { seeds, ...rows } = rowsOf(body, models.get(model));
  const { pixels, width, height } = await tell({ model, rows });
  const size = width * height;
  return Array.from({ length: rows.n }, (_, i) => ({
    seed: seeds[i],
    src: bitmap(pixels.subarray(i * size, (i + 1) * size), width, height),
  }));
}

/** @param {ImagesBody} body */
const nameOf = ({ model, version }) => `${model} ${version}`;

/**
 * Waits until this browser can run a model. If it cannot, the server is chosen again, and a note says why.
 *
 * @param {string} model
 */
async function prepare(model) {
  const patience = setTimeout(() => (note.textContent = "Fetching the model and its runtime, once."), PATIENCE_MS);
  try {
    if (!loading.has(model)) loading.set(model, load(model).catch(reset));
    await loading.get(model);
    note.textContent = "This browser draws; the server gets no requests.";
  } catch (error) {
    note.textContent = `This browser cannot draw: ${error instanceof Error ? error.message : error}. The server draws.`;
    change({ by: "server" }); // every view repeats its request
    throw new DOMException("", "AbortError");
  } finally {
    clearTimeout(patience);
  }
}

/** @param {string} model */
async function load(model) {
  const answer = await ask({ path: `models/${model.replace(" ", "/")}/model.onnx`, accept: "*/*" });
  await tell({ model, file: await answer.arrayBuffer() });
}

/**
 * Drops the worker and its models, so that the next attempt starts afresh, and throws this error.
 *
 * @param {unknown} error
 * @returns {never}
 */
function reset(error) {
  worker?.terminate();
  worker = undefined;
  loading.clear();
  throw error;
}

/**
 * Sends a message to the worker, and returns its answer.
 *
 * @param {{ model: string, rows?: Rows, file?: ArrayBuffer }} message
 * @returns {Promise<Output>}
 */
function tell(message) {
  const listener = (worker ??= startWorker());
  return new Promise((resolve, reject) => {
    waiting.set(nMessages, { resolve, reject });
    listener.postMessage({ id: nMessages++, ...message });
  });
}

function startWorker() {
  const started = new Worker(new URL("runner.js", import.meta.url), { type: "module" });
  started.onmessage = ({ data: { id, output, error } }) => {
    const promise = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) promise?.resolve(output);
    else promise?.reject(new Error(error));
  };
  started.onerror = () => {
    waiting.forEach(({ reject }) => reject(new Error("the model runtime did not start")));
    waiting.clear();
  };
  return started;
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
