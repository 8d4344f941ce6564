// Numbers that this browser draws alone, as the service would: for when that cannot be reached.

import { row, rowsOf } from "../../drawing/inference.js";
import { written } from "../../drawing/ink.js";
import { pixelsHere } from "../../drawing/makers.js";
import { fileOf, versionOf } from "../../shell/models.js";
import { load } from "../../drawing/runtime.js";

/** @import { Pixels } from "../../drawing/inference.js" */
/** @import { Model } from "../../shell/models.js" */

const DIGITS = "0123456789";

/**
 * Returns all ten digits of a hand.
 *
 * @param {{ hand: string, model: string, truncation: number }} wish
 * @param {Model} model
 * @returns {Promise<Pixels>}
 */
export async function digitsHere({ hand, model: name, truncation }, model) {
  const labels = [...DIGITS].map(Number);
  const source = /^\d+$/.test(hand) ? { seeds: labels.map(() => Number(hand)) } : { hands: [hand] };
  const body = { ...versionOf(name), ...source, labels, truncation };
  await load(fileOf(body));
  return pixelsHere(body, rowsOf(body, model));
}

/**
 * Returns a number in ink as an SVG document, or in pixels as the address of a picture.
 *
 * @param {Pixels} digits all ten of a hand
 * @param {{ number: string, drawn: string, layout: string }} wish
 */
export const numberHere = (digits, { number, drawn, layout }) =>
  drawn === "ink" ? written(digits, number, layout === "natural") : row(digits, number);
