// The start of the page, and the choice of its view.

import { askJson } from "./api.js";
import { comparison } from "./comparison.js";
import { corners } from "./corners.js";
import { dataset } from "./dataset.js";
import { drawing } from "./drawing.js";
import { find } from "./elements.js";
import { film } from "./film.js";
import { handwriting } from "./handwriting.js";
import { limitsOf } from "./limits.js";
import { initialiseMakers } from "./makers.js";
import { Models } from "./models.js";
import { snippets } from "./snippets.js";
import { bind, change, initialise, readAddress, watch } from "./state.js";
import { walk } from "./walk.js";

/** @import { Call } from "./api.js" */
/** @import { Limits } from "./limits.js" */
/** @import { Model } from "./models.js" */
/** @import { State } from "./state.js" */

/**
 * What every view gets.
 *
 * @typedef {object} Context
 * @property {Models} models
 * @property {Limits} limits
 * @property {(error?: unknown) => void} say shows what went wrong; without an error, clears the message
 */

/** @typedef {Call & { file: string }} Offer the request behind a view, and a name for the file that it gives */

const MAX_RANDOM = 1_000_000; // short enough to read aloud
const CONTROLS_OF_CLASSES = ["label", "cornerDigits", "filmDigit"];
const trouble = find("#trouble", HTMLElement); // about the last request
const notice = find("#notice", HTMLElement); // about the address or a field; stays until something else is chosen

await Promise.all([
  askJson({ path: "models" }).then((served) => new Models(served)),
  askJson({ path: "openapi.json" }).then(limitsOf),
]).then(([models, limits]) => start(models, limits), say);

/**
 * @param {Models} models
 * @param {Limits} limits
 */
function start(models, limits) {
  if (!models.names.length) return;
  initialise(limits);
  initialiseMakers(models);
  for (const select of document.querySelectorAll("select")) {
    const { models: which } = select.dataset;
    const fits = (/** @type {Model} */ { n_classes, encoder }) =>
      which === "readers" ? encoder : which !== "labelled" || n_classes;
    const offered = models.names.filter((name) => fits(models.get(name)));
    select.append(...offered.map((name) => new Option(name, name)));
  }
  find("nav [href='#hand']", HTMLElement).hidden = !models.reader;
  const view = views({ models, limits, say });
  readAddress();
  watch(view);
  /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("main form")).forEach(bind);
  document.addEventListener("click", roll);
  find("#main", HTMLElement).addEventListener("input", ({ target }) => (notice.textContent = wrong(target)));
  addEventListener("hashchange", readAddress);
}

/**
 * Returns a function that shows the view that a state names.
 *
 * @param {Context} context
 * @returns {(now: State) => void}
 */
function views(context) {
  const { models } = context;
  const offer = snippets();
  const shows = {
    draw: drawing(context),
    explore: exploration(context),
    compare: comparison(context),
    dataset: dataset(context),
    hand: handwriting(context),
  };
  return (now) => {
    notice.textContent = "";
    for (const [name, usual] of /** @type {const} */ ([
      ["model", models.usual],
      ["left", models.usual],
      ["right", models.other],
    ])) {
      if (models.has(now[name])) continue;
      if (now[name]) notice.textContent = `${now[name]} is not served here; showing ${usual} instead.`;
      now[name] = usual;
    }
    if (now.view === "hand" && !models.get(now.model).encoder) {
      notice.textContent = `${now.model} reads no pictures; showing ${models.reader ?? "another view"} instead.`;
      if (models.reader) now.model = models.reader;
      else now.view = "draw";
    }
    for (const name of Object.keys(shows)) find(`#${name}`, HTMLElement).hidden = name !== now.view;
    for (const link of document.querySelectorAll("nav a")) {
      if (link.getAttribute("href") === `#${now.view}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    offer(shows[now.view](now));
  };
}

/**
 * Returns a function that shows the view Explore, in the way that a state names.
 *
 * @param {Context} context
 * @returns {(now: State) => Offer}
 */
function exploration(context) {
  const controls = CONTROLS_OF_CLASSES.map((name) => find(`#explore [name=${name}]`, HTMLInputElement));
  const { show: showFilm, stop } = film(context);
  const shows = { seeds: walk(context), corners: corners(context), film: showFilm };
  return (now) => {
    for (const way of Object.keys(shows)) find(`#${way}`, HTMLElement).hidden = way !== now.way;
    for (const control of controls) control.disabled = !context.models.get(now.model).n_classes;
    if (now.way !== "film") stop();
    return shows[now.way](now);
  };
}

/**
 * Shows what went wrong; without an error, clears the message.
 *
 * @param {unknown} [error]
 */
function say(error) {
  trouble.textContent = error instanceof Error ? error.message : "";
}

/** @param {MouseEvent} event on anything; a button may name a field that gets a random number */
function roll({ target }) {
  if (!(target instanceof Element)) return;
  const name = target.closest("button")?.dataset.roll;
  if (name) change({ [name]: Math.floor(Math.random() * MAX_RANDOM) });
}

/**
 * Returns what is wrong with the value of a control, or nothing.
 *
 * @param {EventTarget | null} control
 */
function wrong(control) {
  if (!(control instanceof HTMLInputElement) || control.validity.valid) return "";
  const label = control.labels?.[0].firstChild?.textContent?.trim();
  return `${label}: ${control.title || control.validationMessage}`;
}
