// Models in this browser: each file is fetched once, and run by a worker.

import { ask } from "./api.js";

/** @typedef {{ type: "float32" | "int64" | "uint8", data: Float32Array | BigInt64Array | Uint8Array, dims: number[] }} Feed */
/** @typedef {{ data: Float32Array | Uint8Array, dims: readonly number[] }} Fetch */
/** @typedef {Record<string, Fetch>} Outputs by their names in the model */
/** @typedef {{ path: string, file?: ArrayBuffer, feeds?: Record<string, Feed>, fetches?: string[] }} Task */

/** @type {Map<number, { resolve: (outputs: Outputs) => void, reject: (error: Error) => void }>} */
const waiting = new Map(); // for the worker's answers, by the message's number
/** @type {Map<string, Promise<void>>} */
const loading = new Map(); // models in the worker, by the path of their file
/** @type {Worker | undefined} */
let worker;
let nMessages = 0;

export const canRun = () => typeof WebAssembly === "object" && typeof Worker === "function";

/**
 * Waits until this browser can run the model of a file. After a failure, the next attempt starts afresh.
 *
 * @param {string} path relative to the page
 */
export async function load(path) {
  if (!loading.has(path)) loading.set(path, fetchModel(path).catch(reset));
  await loading.get(path);
}

/**
 * Returns some outputs of a loaded model.
 *
 * @param {string} path of its file
 * @param {Record<string, Feed>} feeds
 * @param {string[]} fetches
 */
export const run = (path, feeds, fetches) => tell({ path, feeds, fetches });

/** @param {string} path */
async function fetchModel(path) {
  const answer = await ask({ path, accept: "*/*" });
  await tell({ path, file: await answer.arrayBuffer() });
}

/**
 * Drops the worker and its models, and throws this error.
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
 * Sends a task to the worker, and returns its answer.
 *
 * @param {Task} task
 * @returns {Promise<Outputs>}
 */
function tell(task) {
  const listener = (worker ??= startWorker());
  return new Promise((resolve, reject) => {
    waiting.set(nMessages, { resolve, reject });
    listener.postMessage({ id: nMessages++, ...task });
  });
}

function startWorker() {
  const started = new Worker(new URL("runner.js", import.meta.url), { type: "module" });
  started.onmessage = ({ data: { id, outputs, error } }) => {
    const promise = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) promise?.resolve(outputs);
    else promise?.reject(new Error(error));
  };
  started.onerror = () => {
    waiting.forEach(({ reject }) => reject(new Error("the model runtime did not start")));
    waiting.clear();
  };
  return started;
}
