// Knows how this browser answers a request by itself: by a worker, and the model's file, both fetched when first needed.
// Does not know when that is wanted.

import { ask } from "./api.js";
import { bitmap } from "./bitmap.js";
import { rowsOf } from "./rows.js";

const waiting = new Map(); // [resolve, reject] of what the worker was asked, by number
const loaded = new Map(); // promises, by model and version
let worker;
let n = 0;

/** Waits until a model can be run here, such as "digits 1". */
export async function ready(model) {
  if (!loaded.has(model)) loaded.set(model, load(model).catch(startOver));
  await loaded.get(model);
}

/** Returns the images of a request to a model that is ready: of each its seed, and its picture's address. */
export async function imagesHere(request, model, summary) {
  const { seeds, ...rows } = rowsOf(request, summary);
  const { pixels, width, height } = await told({ model, rows });
  const size = width * height;
  return Array.from({ length: rows.n }, (_, i) => ({
    seed: seeds[i],
    src: bitmap(pixels.subarray(i * size, (i + 1) * size), width, height),
  }));
}

async function load(model) {
  const answer = await ask({ path: `models/${model.replace(" ", "/")}/model.onnx`, accept: "*/*" });
  await told({ model, file: await answer.arrayBuffer() });
}

/** Returns what the worker answers, once it does. */
function told(message) {
  worker ??= start();
  return new Promise((resolve, reject) => {
    waiting.set(n, [resolve, reject]);
    worker.postMessage({ id: n++, ...message });
  });
}

function start() {
  const started = new Worker(new URL("runner.js", import.meta.url), { type: "module" });
  started.onmessage = ({ data: { id, images, fault } }) => {
    const [resolve, reject] = waiting.get(id);
    waiting.delete(id);
    if (fault === undefined) resolve(images);
    else reject(new Error(fault));
  };
  started.onerror = () => {
    waiting.forEach(([, reject]) => reject(new Error("what runs models did not start")));
    waiting.clear();
  };
  return started;
}

/** Lets go of all there is, so that another try may go better, and throws what this one ended with. */
function startOver(error) {
  worker?.terminate();
  worker = undefined;
  loaded.clear();
  throw error;
}
