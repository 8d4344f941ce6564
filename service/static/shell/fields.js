// The kinds of fields that a view may have: their usual values, what they accept, and what is wrong with the rest.

import { styleOf } from "./hand.js";
import { count, text as words } from "./messages.js";

/** @import { Limits, Range } from "./limits.js" */

/**
 * A field of a view's state, of its address, and of a form.
 *
 * @template T
 * @typedef {object} Field
 * @property {T} usual
 * @property {(text: string) => string} fault what is wrong with a text; nothing if it is right
 * @property {(text: string) => T} read returns what a right text stands for
 * @property {Record<string, string>} [attributes] of the field's controls
 * @property {boolean} [isInPath] whether it stands in the path of the address, and not in its query
 * @property {boolean} [isWritten] false if an address never has it
 */

/** @typedef {Record<string, Field<any>>} Fields */

const VARIETY = { least: 0.5, most: 1.5 };

/**
 * A whole number; the control is a text field, since one for numbers hides what is wrong with its text.
 *
 * @param {Range} range
 * @param {number} usual
 * @returns {Field<number>}
 */
export function whole({ least, most }, usual) {
  const fault = words("shell.whole", { least: count(least), most: count(most) });
  return {
    usual: within({ least, most }, usual),
    fault: (text) => (/^\d{1,16}$/.test(text) && Number(text) >= least && Number(text) <= most ? "" : fault),
    read: Number,
    attributes: { min: String(least), max: String(most), title: fault },
  };
}

/**
 * @param {Range} range
 * @param {number} usual
 * @returns {Field<number>}
 */
export function number({ least, most }, usual) {
  const fault = words("shell.number", { least, most });
  return {
    usual: within({ least, most }, usual),
    fault: (text) => (/^-?\d+(\.\d+)?$/.test(text) && Number(text) >= least && Number(text) <= most ? "" : fault),
    read: Number,
    attributes: { min: String(least), max: String(most) },
  };
}

/**
 * How far hands are from the average one, in a range that is pleasant to see: an average has torn strokes.
 *
 * @param {Limits} limits
 */
export const variety = (limits) => number(narrowed(limits.truncation, VARIETY), 1);

/**
 * A number with signs.
 *
 * @param {Range} length
 * @param {string} usual
 * @returns {Field<string>}
 */
export function numberOf({ least, most }, usual) {
  const pattern = new RegExp(`^(?=.*[0-9])[0-9.,\\-/:+%() ]{${least},${most}}$`);
  return text(pattern, usual.slice(0, most), words("shell.digits", { most }), { maxlength: String(most) });
}

/**
 * A hand: a seed, or a token.
 *
 * @param {Range} seed
 * @param {string} usual nothing for no hand
 * @returns {Field<string>}
 */
export function hand({ most }, usual) {
  const fault = words("shell.hand", { most: count(most) });
  const isSeed = (/** @type {string} */ given) => /^\d{1,16}$/.test(given) && Number(given) <= most;
  return {
    usual,
    fault: (given) => (isSeed(given) || styleOf(given) ? "" : fault),
    read: (given) => (isSeed(given) ? String(Number(given)) : given),
    attributes: { title: fault },
  };
}

/**
 * A list, with commas or spaces between its items.
 *
 * @param {Field<unknown>} item
 * @param {Range} length
 * @param {string} usual
 * @param {string} fault what another text must be
 * @returns {Field<string>} with commas alone
 */
export function listOf(item, { least, most }, usual, fault) {
  const items = (/** @type {string} */ given) => given.trim().split(/\s*,\s*|\s+/);
  const isList = (/** @type {string[]} */ all) =>
    all.length >= least && all.length <= most && !all.some((each) => item.fault(each));
  return {
    usual,
    fault: (given) => (isList(items(given)) ? "" : fault),
    read: (given) => items(given).map(item.read).join(","),
    attributes: { title: fault },
  };
}

/**
 * A model's version, by name.
 *
 * @param {string} [usual] nothing where no model fits
 */
export const model = (usual = "") => text(/^\S+ \d+$/, usual, words("shell.wrong_model"));

/**
 * @param {RegExp} pattern of the whole text
 * @param {string} usual
 * @param {string} fault what a text without the pattern must be
 * @param {Record<string, string>} [attributes]
 * @returns {Field<string>}
 */
export function text(pattern, usual, fault, attributes) {
  return {
    usual,
    fault: (given) => (pattern.test(given) ? "" : fault),
    read: (given) => given,
    attributes: { title: fault, ...attributes },
  };
}

/**
 * @template {string} T
 * @param {T[]} options
 * @param {T} usual
 * @returns {Field<T>}
 */
export function choice(options, usual) {
  return {
    usual,
    fault: (given) =>
      options.some((each) => each === given) ? "" : words("shell.choice", { options: options.join(", ") }),
    read: (given) => /** @type {T} */ (given),
  };
}

/**
 * @param {boolean} usual
 * @returns {Field<boolean>}
 */
export function flag(usual) {
  return {
    usual,
    fault: (given) => (given === "true" || given === "false" ? "" : words("shell.choice", { options: "true, false" })),
    read: (given) => given === "true",
  };
}

/**
 * @param {Range} range
 * @param {Range} other
 * @returns {Range}
 */
export function narrowed(range, other) {
  return { least: Math.max(range.least, other.least), most: Math.min(range.most, other.most) };
}

/**
 * @param {Range} range
 * @param {number} value
 */
const within = ({ least, most }, value) => Math.min(most, Math.max(least, value));
