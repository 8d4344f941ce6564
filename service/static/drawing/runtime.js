// Models in this browser: each file is fetched once, and run by a worker.

import { askJson } from "../shell/api.js";
import { downloader } from "../shell/download.js";
import { text } from "../shell/messages.js";
import { FILES } from "../shell/root.js";

/** @typedef {{ type: "float32" | "int64" | "uint8", data: Float32Array | BigInt64Array | Uint8Array, dims: number[] }} Feed */
/** @typedef {{ data: Float32Array | Uint8Array, dims: readonly number[] }} Fetch */
/** @typedef {Record<string, Fetch>} Outputs by their names in the model */
/** @typedef {{ path: string, runtime?: ArrayBuffer, file?: ArrayBuffer, feeds?: Record<string, Feed>, fetches?: string[] }} Task */

/** @type {Map<number, { resolve: (outputs: Outputs) => void, reject: (error: Error) => void }>} */
const waiting = new Map(); // for the worker's answers, by the message's number
/** @type {Map<string, Promise<void>>} */
const loading = new Map(); // models in the worker, by the path of their file
/** @type {Promise<void> | undefined} */
let starting; // the runtime in the worker
/** @type {Worker | undefined} */
let worker;
let nMessages = 0;
let nFailures = 0;
const download = downloader(text("shell.downloading"));
const RUNTIME = "vendor/onnxruntime-web/ort-wasm-simd-threaded.wasm";

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
  const [, [file]] = await Promise.all([(starting ??= fetchRuntime()), download([{ path }])]);
  await tell({ path, file });
}

async function fetchRuntime() {
  const attempt = nFailures;
  /** @type {{ files: Record<string, number> }} */
  const { files } = await askJson({ path: `${FILES}files.json` });
  const [runtime] = await download([{ path: FILES + RUNTIME, bytes: files[RUNTIME] }]);
  if (attempt !== nFailures) throw new DOMException("", "AbortError"); // what it was for has failed in the meantime
  await tell({ path: RUNTIME, runtime });
}

/**
 * Drops the worker and its models, and throws this error.
 *
 * @param {unknown} error
 * @returns {never}
 */
function reset(error) {
  nFailures++;
  worker?.terminate();
  const failure = error instanceof Error ? error : new Error(String(error));
  waiting.forEach(({ reject }) => reject(failure));
  waiting.clear();
  worker = starting = undefined;
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
    const moved = [task.runtime, task.file].filter((each) => each !== undefined); // megabytes, which nobody else needs
    listener.postMessage({ id: nMessages++, ...task }, moved);
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
    if (worker === started) worker = undefined; // a dead one would never answer
    waiting.forEach(({ reject }) => reject(new Error("the model runtime did not start")));
    waiting.clear();
  };
  return started;
}
