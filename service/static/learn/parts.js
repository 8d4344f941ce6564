// The parts that every piece has: sliders, choices, figures, and the frame around them.

import { make } from "../shell/elements.js";

const MINUS = "\u2212";
let nIds = 0;

/**
 * Returns a number as people write it.
 *
 * @param {number} value
 * @param {number} [places]
 */
export function written(value, places = 3) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : Number.isNaN(value) ? "–" : `${MINUS}∞`;
  const text = Math.abs(value).toFixed(places);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/**
 * @typedef {object} SliderOptions
 * @property {string} name
 * @property {number} min
 * @property {number} max
 * @property {number} step
 * @property {number} value
 * @property {(value: number) => string} [say] the value as text
 */

/** A slider with its name and its value in words. The value is outside the label, so that the label stays its name. */
export class Slider {
  /**
   * @param {SliderOptions} options
   * @param {() => void} onInput
   */
  constructor({ name, min, max, step, value, say = (each) => String(each) }, onInput) {
    this.say = say;
    this.input = make("input", { type: "range", id: `learn-${++nIds}` });
    Object.assign(this.input, { min: String(min), max: String(max), step: String(step), value: String(value) });
    const label = make("label", { htmlFor: this.input.id, textContent: name });
    this.text = make("span", { className: "value", ariaHidden: "true" });
    this.element = make("div", { className: "along" }, [label, this.text, this.input]);
    this.input.addEventListener("input", () => {
      this.#tell();
      onInput();
    });
    this.#tell();
  }

  get value() {
    return Number(this.input.value);
  }

  set value(value) {
    this.input.value = String(value);
    this.#tell();
  }

  #tell() {
    this.text.textContent = this.say(this.value);
    this.input.setAttribute("aria-valuetext", this.text.textContent);
  }
}

/**
 * Returns a group of radio buttons.
 *
 * @template {string} T
 * @param {string} name of the group
 * @param {Record<T, string>} options titles by value
 * @param {NoInfer<T>} value
 * @param {(value: T) => void} onChange
 */
export function choice(name, options, value, onChange) {
  const group = `learn-${++nIds}`;
  const labels = /** @type {[T, string][]} */ (Object.entries(options)).map(([each, title]) => {
    const input = make("input", { type: "radio", name: group, value: each, checked: each === value });
    input.addEventListener("change", () => onChange(each));
    return make("label", {}, [input, ` ${title}`]);
  });
  const legend = make("legend", { textContent: name });
  return make("fieldset", {}, [legend, make("div", { className: "options" }, labels)]);
}

/**
 * Returns a button.
 *
 * @param {string} textContent
 * @param {() => void} onClick
 */
export function button(textContent, onClick) {
  const made = make("button", { type: "button", textContent });
  made.addEventListener("click", onClick);
  return made;
}

/**
 * Returns a list of figures, and a function that sets them.
 *
 * @template {string} T
 * @param {Record<T, string>} names titles by key
 */
export function figures(names) {
  const values = /** @type {Record<T, HTMLElement>} */ ({});
  const pairs = /** @type {[T, string][]} */ (Object.entries(names)).map(([key, title]) => {
    values[key] = make("dd", {});
    values[key].dataset.figure = key;
    return make("div", {}, [make("dt", { textContent: title }), values[key]]);
  });
  const element = make("dl", { className: "figures" }, pairs);
  return {
    element,
    /** @param {Partial<Record<T, string>>} texts */
    set(texts) {
      for (const [key, text] of Object.entries(texts)) values[/** @type {T} */ (key)].textContent = String(text);
    },
  };
}

/**
 * What a piece consists of.
 *
 * @typedef {object} Piece
 * @property {string} title
 * @property {string} caption one or two sentences
 * @property {Node[]} picture and its figures
 * @property {Node[]} controls
 */

/**
 * Returns the element of a piece, whose controls stand beside its picture where there is room.
 *
 * @param {Piece} piece
 * @param {"h2" | "h3"} level of its heading
 */
export function framed({ title, caption, picture, controls }, level) {
  const about = [make(level, { textContent: title }), make("p", { className: "caption", textContent: caption })];
  return make("div", { className: "piece" }, [
    make("div", { className: "about" }, about),
    make("div", { className: "picture" }, picture),
    make("div", { className: "controls" }, controls),
  ]);
}

/** Whether the reader asked for less motion. */
export const prefersStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Calls a function whenever an element comes into view or goes out of it.
 *
 * @param {Element} element
 * @param {(isVisible: boolean) => void} onChange
 */
export function onVisibility(element, onChange) {
  new IntersectionObserver((entries) => onChange(entries[entries.length - 1].isIntersecting)).observe(element);
}
