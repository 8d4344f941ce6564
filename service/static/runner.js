// The worker that runs models in this browser with onnxruntime-web, so that the page stays responsive.

import { env, InferenceSession, Tensor } from "./vendor/onnxruntime-web/ort.wasm.bundle.min.mjs";

/** @import { Rows } from "./inference.js" */
/** @import { Output } from "./makers.js" */

env.wasm.numThreads = 1; // more would need a page that is isolated from all other origins
/** @type {Map<string, InferenceSession>} */
const sessions = new Map(); // by the model's name and version

onmessage = async ({ data: { id, model, file, rows } }) => {
  try {
    if (file) sessions.set(model, await InferenceSession.create(file, { executionProviders: ["wasm"] }));
    postMessage({ id, output: rows && (await run(model, rows)) });
  } catch (error) {
    postMessage({ id, error: (error instanceof Error && error.message) || String(error) });
  }
};

/**
 * Returns the images of rows of model input.
 *
 * @param {string} model
 * @param {Rows} rows
 * @returns {Promise<Output>}
 */
async function run(model, { n, latents, labels, truncation }) {
  const session = sessions.get(model);
  if (!session) throw new Error(`${model} is not loaded`);
  const feeds = {
    latent: new Tensor("float32", latents, [n, latents.length / n]),
    truncation: new Tensor("float32", new Float32Array(n).fill(truncation), [n]),
    ...(labels && { label: new Tensor("int64", BigInt64Array.from(labels, BigInt), [n]) }),
  };
  const { image } = await session.run(feeds, ["image"]);
  const [, height, width] = image.dims;
  return { pixels: /** @type {Uint8Array} */ (image.data), height, width };
}
