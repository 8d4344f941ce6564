// Knows how a model runs in this browser: onnxruntime-web, in a worker, so that the page stays quick meanwhile.
// Does not know seeds or pictures, nor where a model's file comes from.

import { env, InferenceSession, Tensor } from "./vendor/onnxruntime-web/ort.wasm.bundle.min.mjs";

env.wasm.numThreads = 1; // more of them need a page that is cut off from all others
const sessions = new Map(); // by model and version

onmessage = async ({ data: { id, model, file, rows } }) => {
  try {
    if (file) sessions.set(model, await InferenceSession.create(file, { executionProviders: ["wasm"] }));
    postMessage({ id, images: rows && (await run(sessions.get(model), rows)) });
  } catch (error) {
    postMessage({ id, fault: error.message || String(error) });
  }
};

/** Returns the images of n rows of model input: `pixels`, a Uint8Array of n times `height` times `width`. */
async function run(session, { n, latents, labels, truncation }) {
  const feeds = {
    latent: new Tensor("float32", latents, [n, latents.length / n]),
    truncation: new Tensor("float32", new Float32Array(n).fill(truncation), [n]),
    ...(labels && { label: new Tensor("int64", BigInt64Array.from(labels, BigInt), [n]) }),
  };
  const { image } = await session.run(feeds, ["image"]);
  const [, height, width] = image.dims;
  return { pixels: image.data, height, width };
}
