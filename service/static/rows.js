// Knows which rows of model input a request stands for, as the service understands it. Does not know who runs them.

import { between, nearestKeys } from "./latents.js";
import { latentOf } from "./seeds.js";

const OWN_CLASS = -1; // leaves a latent the class that it names

/**
 * Returns the rows of a request `{path, body}` to generate or interpolate: `n`, their `latents` one behind another,
 * `labels` for a model that has classes, `truncation`, and the `seeds` of the rows that have one.
 */
export function rowsOf({ path, body }, { latent_size: size, n_classes: nClasses }) {
  const keys = body.latents ?? body.seeds.map((seed) => latentOf(seed, size));
  const isFilm = path === "interpolate";
  const latents = isFilm ? between(keys, body.steps, body.loop, size - nClasses) : keys;
  const labelled = [body.labels ?? OWN_CLASS].flat();
  const labelOf = isFilm ? nearestKeys(keys.length, body.steps, body.loop) : latents.map((_, i) => i);
  return {
    n: latents.length,
    latents: Float32Array.from(latents.flatMap((latent) => Array.from(latent))),
    labels: nClasses ? labelOf.map((i) => labelled[i % labelled.length]) : undefined,
    truncation: body.truncation ?? 1,
    seeds: isFilm ? [] : (body.seeds ?? []),
  };
}
