// The start of the page, and the choice of its view.

import { askJson } from "./api.js";
import { comparison } from "./comparison.js";
import { corners } from "./corners.js";
import { dataset } from "./dataset.js";
import { drawing } from "./drawing.js";
import { find, make } from "./elements.js";
import { film } from "./film.js";
import { handwriting } from "./handwriting.js";
import { limitsOf } from "./limits.js";
import { initialiseMakers } from "./makers.js";
import { classesInWords, classesOf, drawsDigits, isOfDigits, Models } from "./models.js";
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
const trouble = find("#trouble", HTMLElement); // about the last request
const notice = find("#notice", HTMLElement); // about the address or a field; stays until something else is chosen
let classesOffered = ""; // the names of the classes that can be chosen

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
    if (which === undefined) continue;
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
    learn: lessons(context),
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
    showClasses(models.get(now.model), now);
    for (const link of document.querySelectorAll("nav a")) {
      if (link.getAttribute("href") === `#${now.view}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    offer(shows[now.view](now));
  };
}

/**
 * Offers the classes of a model wherever one is chosen, and names them wherever the page speaks of them.
 *
 * @param {Model} model
 * @param {State} now what is chosen; a class that the model lacks becomes its last one
 */
function showClasses(model, now) {
  const classes = classesOf(model);
  if (classes.length) {
    now.label = Math.min(now.label, classes.length - 1);
    now.filmDigit = Math.min(now.filmDigit, classes.length - 1);
  }
  if (classesOffered === JSON.stringify(classes)) return;
  classesOffered = JSON.stringify(classes);
  for (const each of document.querySelectorAll(".class")) each.textContent = drawsDigits(model) ? "Digit" : "Class";
  for (const each of document.querySelectorAll(".classes")) each.textContent = classesInWords(model);
  for (const select of /** @type {NodeListOf<HTMLSelectElement>} */ (document.querySelectorAll("[data-classes]"))) {
    const options = classes.map((textContent, label) => make("option", { textContent, value: String(label) }));
    select.replaceChildren(...options);
    select.disabled = !classes.length;
  }
  find("#corners [name=cornerDigits]", HTMLInputElement).disabled = !isOfDigits(model);
}

/**
 * Returns a function that shows the view Explore, in the way that a state names.
 *
 * @param {Context} context
 * @returns {(now: State) => Offer}
 */
function exploration(context) {
  const { show: showFilm, stop } = film(context);
  const shows = { seeds: walk(context), corners: corners(context), film: showFilm };
  return (now) => {
    for (const way of Object.keys(shows)) find(`#${way}`, HTMLElement).hidden = way !== now.way;
    if (now.way !== "film") stop();
    return shows[now.way](now);
  };
}

/**
 * Returns a function that shows the view Learn, whose modules are loaded when it is opened first.
 *
 * @param {Context} context
 * @returns {(now: State) => undefined} there is no request behind the view
 */
function lessons({ say }) {
  const section = find("#learn", HTMLElement);
  let isFilled = false;
  return () => {
    say();
    if (isFilled) return;
    isFilled = true;
    import("./learn/learn.js")
      .then(({ fill }) => fill(section))
      .catch((error) => {
        isFilled = false;
        say(error);
      });
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
