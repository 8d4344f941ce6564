// The worker that runs models in this browser with onnxruntime-web, so that the page stays responsive.

import { env, InferenceSession, Tensor } from "../vendor/onnxruntime-web/ort.wasm.bundle.min.mjs";

/** @import { Task } from "./runtime.js" */

env.wasm.numThreads = 1; // more would need a page that is isolated from all other origins
/** @type {Map<string, InferenceSession>} */
const sessions = new Map(); // by the path of the model's file

onmessage = async ({ data: { id, ...task } }) => {
  try {
    postMessage({ id, outputs: await done(task) });
  } catch (error) {
    postMessage({ id, error: (error instanceof Error && error.message) || String(error) });
  }
};

/**
 * Takes the runtime if that is given, loads a model if its file is given, and returns its outputs if inputs are given.
 *
 * @param {Task} task
 */
async function done({ path, runtime, file, feeds, fetches = [] }) {
  if (runtime) env.wasm.wasmBinary = runtime;
  if (file) sessions.set(path, await InferenceSession.create(file, { executionProviders: ["wasm"] }));
  if (!feeds) return {};
  const session = sessions.get(path);
  if (!session) throw new Error(`${path} is not loaded`);
  const inputs = Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)]);
  const outputs = await session.run(Object.fromEntries(inputs), fetches);
  return Object.fromEntries(fetches.map((name) => [name, { data: outputs[name].data, dims: outputs[name].dims }]));
}
