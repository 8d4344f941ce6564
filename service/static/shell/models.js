// The models that the service offers, each version by its name, such as "digits 1".

import { at, encoded } from "./root.js";

const DIGITS = "0123456789";

/**
 * A model, as the service lists it.
 *
 * @typedef {object} Model
 * @property {string} model
 * @property {string} version the newest, or the newest of those with a weight
 * @property {string[]} versions from oldest to newest
 * @property {number} n_classes 0 for a model without classes
 * @property {string[]} [class_names] by label, where a class is not its number
 * @property {number} latent_size
 * @property {number} image_height
 * @property {number} image_width
 * @property {number} image_channels 1 for grey images, 3 for colour, which has no ink
 * @property {string | null} file_url null if the service does not give out model files
 * @property {{ model: string, version: string } | null} encoder the version whose encoder reads pictures for this one
 * @property {string | null} map_url of the map of its hands, if it has one
 */

export class Models {
  /** @param {{ models: Model[], default_model: string }} served */
  constructor({ models, default_model: usual }) {
    const versions = models.flatMap((each) => each.versions.map((version) => /** @type {const} */ ([each, version])));
    /** @type {Map<string, Model>} */
    this.byName = new Map(versions.map(([model, version]) => [`${model.model} ${version}`, model]));
    this.names = [...this.byName.keys()];
    this.usual = this.newest(usual) ?? "";
    /** A model to compare the usual one with. */
    this.other = [this.newest("mlp"), ...this.names].find((name) => name && name !== this.usual) ?? this.usual;
    /** A model that has hands, the usual one if it does. */
    this.reader = [this.usual, ...this.names].find((name) => this.byName.get(name)?.encoder);
  }

  /** @param {string} model */
  newest(model) {
    return this.names.findLast((name) => name.startsWith(`${model} `));
  }

  /** @param {string} name */
  has(name) {
    return this.byName.has(name);
  }

  /** @param {string} name */
  get(name) {
    const model = this.byName.get(name);
    if (!model) throw new Error(`${name} is not served here`);
    return model;
  }

  /**
   * Returns the address of the view Write for a hand; a model that is the usual one is left out.
   *
   * @param {{ hand: string, model: string, truncation?: number, digits?: string }} choice
   */
  toWrite({ hand, model, truncation = 1, digits = "2026" }) {
    const query = new URLSearchParams({ hand });
    if (model !== this.usual) query.set("model", model);
    if (truncation !== 1) query.set("truncation", String(truncation));
    return at(`write/${encoded(digits)}?${query}`);
  }
}

/**
 * Returns the names of a model's classes, by label.
 *
 * @param {Model} model
 */
export function classesOf({ n_classes: n, class_names: names }) {
  return names ?? Array.from({ length: n }, (_, label) => String(label));
}

/**
 * Whether a model's images are in colour. Such a model has no ink: no outlines, and nothing to invert.
 *
 * @param {Model} model
 */
export const isInColour = (model) => model.image_channels > 1;

/**
 * Whether the first ten classes are the digits and in ink, so that the model writes numbers.
 *
 * @param {Model} model
 */
export function writes(model) {
  const classes = classesOf(model);
  return !isInColour(model) && [...DIGITS].every((digit, label) => classes[label] === digit);
}

/**
 * Whether the classes are the ten digits and nothing else.
 *
 * @param {Model} model
 */
export const isOfDigits = (model) => model.n_classes === DIGITS.length && writes(model);

/**
 * Whether all that a model draws are digits, as is assumed of one without classes.
 *
 * @param {Model} model
 */
export const drawsDigits = (model) => (model.n_classes ? isOfDigits(model) : !isInColour(model));

/**
 * Returns a name as the fields of a request.
 *
 * @param {string} name
 */
export function versionOf(name) {
  const [model, version] = name.split(" ");
  return { model, version };
}

/**
 * Returns the path of a model version's file.
 *
 * @param {{ model: string, version: string }} version
 */
export const fileOf = ({ model, version }) => `models/${model}/${version}/model.onnx`;

/** Whether this browser can run models. */
export const canRun = () => typeof WebAssembly === "object" && typeof Worker === "function";
