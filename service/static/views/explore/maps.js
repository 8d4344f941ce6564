// The maps of the models, each fetched once.

import { askJson } from "../../shell/api.js";
import { HandsMap } from "./map.js";

/** @import { Model } from "../../shell/models.js" */

const SIDE = 64; // of the grid of a model without a map

/** @type {Map<string, Promise<HandsMap>>} */
const known = new Map();

/**
 * Returns the map of a model version; for one without a map, seeds in their order.
 *
 * @param {Model} model
 * @param {string} version
 */
export function mapOf(model, version) {
  const name = `${model.model} ${version}`;
  const made = known.get(name) ?? load(model, version);
  known.set(name, made);
  made.catch(() => known.delete(name));
  return made;
}

/**
 * @param {Model} model
 * @param {string} version
 */
async function load(model, version) {
  if (model.map_url && model.version === version)
    return new HandsMap(model, await askJson({ path: model.map_url.slice(1) }), true);
  const seeds = Array.from({ length: SIDE * SIDE }, (_, seed) => seed);
  return new HandsMap(model, { columns: SIDE, rows: SIDE, seeds }, false);
}
