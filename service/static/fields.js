// What can be chosen on the page: the fields of each view, their usual values, and what they accept.

import { styleOf } from "./hand.js";

/** @import { Limits, Range } from "./limits.js" */

/**
 * A field of the state, of the address, and of a form.
 *
 * @template T
 * @typedef {object} Field
 * @property {T} usual
 * @property {(text: string) => T} read returns what a text stands for; the usual value if that is not allowed
 * @property {Record<string, string>} [attributes] of the field's controls
 */

/**
 * Returns every field, by view; a name means the same in all views.
 *
 * @param {Limits} limits
 */
export function fieldsOf(limits) {
  const seed = limits.seed;
  const digits = narrowed(limits.digits, { least: 1, most: limits.images }); // a number is one answer
  const shared = { model: text(/^\S+ \d+$/, ""), truncation: number(limits.truncation, 1) };
  const ways = {
    seeds: {
      label: whole(LABEL, 3),
      first: whole(seed, 0), // of the grid
      around: text(/^\d{1,16}$/, ""), // the seed whose neighbourhood is shown
      east: number(WALK, 0), // steps away from it
      south: number(WALK, 0),
    },
    corners: {
      corner: whole(seed, 30), // the first of four seeds
      cornerDigits: text(/^([0-9]{4}|[0-9]+(,[0-9]+){3})$/, "3858", {
        pattern: "[0-9]{4}",
        maxlength: "4",
        title: "4 digits, each 0 to 9",
      }),
      across: number(PART, 0.5),
      down: number(PART, 0.5),
    },
    film: {
      keys: seedsOf(narrowed(limits.keys, KEYS), "1,2,3,4"),
      filmDigit: whole(LABEL, 5),
      steps: whole(narrowed(limits.steps, STEPS), 8),
      pause: whole(narrowed(limits.pause, PAUSE), 80),
      loop: flag(true),
    },
  };
  const explore = { ...shared, way: choice(["seeds", "corners", "film"], "seeds") };
  const views = {
    draw: {
      ...shared,
      digits: numberOf(digits, "2026"),
      seed: whole(seed, 7),
      ink: flag(true),
      height: whole(limits.height, 224),
      layout: choice(["natural", "grid"], "natural"),
      scale: whole(limits.scale, 8),
      gap: whole(limits.gap, 0),
      invert: flag(matchMedia("(prefers-color-scheme: light)").matches),
    },
    explore: { ...explore, ...ways.seeds, ...ways.corners, ...ways.film },
    compare: { left: shared.model, right: shared.model, samples: whole(seed, 0) },
    dataset: {
      ...shared,
      count: whole(limits.count, 1000),
      start: whole(seed, 0),
      format: text(/^[a-z.+/-]+$/, "application/zip"),
    },
    hand: {
      model: shared.model,
      hand: hand(),
      digits: numberOf(digits, "2026"),
      stranger: whole(seed, 12),
      towards: number(PART, 0), // 0 is one's own hand, 1 the stranger's
    },
    learn: {},
  };
  // Not part of an address: a link must not make its reader fetch megabytes unasked.
  const unwritten = {
    by: choice(["server", "browser"], "server"),
    reader: choice(["server", "browser"], "browser"), // of pictures; a link has none
  };
  const all = { ...unwritten, ...views.draw, ...views.explore, ...views.compare, ...views.dataset, ...views.hand };
  return { ways, explore, views, all };
}

/** @typedef {ReturnType<typeof fieldsOf>} Fields */
/** @typedef {{ [Name in keyof Fields["all"]]: Fields["all"][Name]["usual"] }} Values */
/** @typedef {keyof Fields["views"]} View */

// The page's own ranges, for what is pleasant to use. The service's limits narrow them further.
const LABEL = { least: 0, most: 9_999 }; // the model knows how many classes there are
const PART = { least: 0, most: 1 };
const WALK = { least: -99, most: 99 };
const KEYS = { least: 2, most: 8 };
const STEPS = { least: 2, most: 24 };
const PAUSE = { least: 20, most: 400 };

/**
 * @param {Range} range
 * @param {Range} other
 * @returns {Range}
 */
function narrowed(range, other) {
  return { least: Math.max(range.least, other.least), most: Math.min(range.most, other.most) };
}

/**
 * @param {Range} range
 * @param {number} usual
 * @returns {Field<number>}
 */
function whole(range, usual) {
  const title = `a whole number from ${range.least.toLocaleString("en")} to ${range.most.toLocaleString("en")}`;
  const { attributes, ...field } = number(range, usual);
  const read = (/** @type {string} */ text) => (/^\d+$/.test(text) ? field.read(text) : field.usual);
  return { ...field, read, attributes: { ...attributes, title } };
}

/**
 * @param {Range} range
 * @param {number} usual
 * @returns {Field<number>}
 */
function number({ least, most }, usual) {
  const within = (/** @type {number} */ value) => Math.min(most, Math.max(least, value));
  return {
    usual: within(usual),
    read: (text) => within(text.trim() !== "" && isFinite(Number(text)) ? Number(text) : usual),
    attributes: { min: String(least), max: String(most) },
  };
}

/**
 * A number with signs; the service says which signs there are.
 *
 * @param {Range} length
 * @param {string} usual
 */
function numberOf({ least, most }, usual) {
  const title = `${least} to ${most} digits and signs, at least one of them a digit`;
  return text(new RegExp(`^(?=.*[0-9]).{${least},${most}}$`), usual.slice(0, most), { maxlength: String(most), title });
}

/**
 * @param {Range} number of seeds
 * @param {string} usual
 */
function seedsOf({ least, most }, usual) {
  const title = `${least} to ${most} seeds, separated by commas`;
  return text(new RegExp(`^[0-9]{1,16}(,[0-9]{1,16}){${least - 1},${most - 1}}$`), usual, { title });
}

/**
 * A hand's token; nothing for no hand.
 *
 * @returns {Field<string>}
 */
function hand() {
  return { usual: "", read: (token) => (styleOf(token) ? token : "") };
}

/**
 * @param {RegExp} pattern of the whole text
 * @param {string} usual
 * @param {Record<string, string>} [attributes]
 * @returns {Field<string>}
 */
function text(pattern, usual, attributes) {
  return {
    usual,
    read: (text) => (pattern.test(text) ? text : usual),
    attributes: attributes && { pattern: pattern.source.slice(1, -1), ...attributes },
  };
}

/**
 * @template {string} T
 * @param {T[]} options
 * @param {T} usual
 * @returns {Field<T>}
 */
function choice(options, usual) {
  return { usual, read: (text) => options.find((each) => each === text) ?? usual };
}

/**
 * @param {boolean} usual
 * @returns {Field<boolean>}
 */
function flag(usual) {
  return { usual, read: (text) => text === "true" };
}
