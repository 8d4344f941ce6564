// What every view starts with: the models, the limits, the view's fields and its controls.

import { askJson } from "./api.js";
import { find } from "./elements.js";
import { limitsOf } from "./limits.js";
import { text } from "./messages.js";
import { Models } from "./models.js";
import { sharing } from "./share.js";
import { snippets } from "./snippets.js";
import { bind, change, initialise, readAddress, remark, state, watch } from "./state.js";

/** @import { Call } from "./api.js" */
/** @import { Fields } from "./fields.js" */
/** @import { Limits } from "./limits.js" */
/** @import { Model } from "./models.js" */
/** @import { Say } from "./pictures.js" */
/** @import { Embed } from "./share.js" */
/** @import { State } from "./state.js" */

/**
 * What every view gets.
 *
 * @typedef {object} Context
 * @property {Models} models
 * @property {Limits} limits
 * @property {Say} say
 */

/**
 * The request behind a view, a name for the file that it gives, and what others may embed.
 *
 * @typedef {Call & { file: string, embed?: Embed }} Offer
 */

/**
 * A view.
 *
 * @template {Fields} F
 * @typedef {object} View
 * @property {string} name
 * @property {(limits: Limits, models: Models) => F | Promise<F>} fields
 * @property {(context: Context) => (now: State<F>) => Offer | undefined} view
 */

const MAX_RANDOM = 1_000_000; // short enough to read aloud
const WIDE = matchMedia("(width >= 60rem)"); // as in page.css
/** @type {Map<unknown, string>} */
const troubles = new Map(); // since the last change, by where they are

/**
 * Opens a view, whose document this is.
 *
 * @template {Fields} F
 * @param {View<F>} view
 */
export async function open({ name, fields, view }) {
  keepLinks();
  showWhere();
  openPanelWhereWide();
  const share = sharing();
  try {
    const [models, limits] = await Promise.all([
      askJson({ path: "models" }).then((served) => new Models(served)),
      askJson({ path: "openapi.json" }).then(limitsOf),
    ]);
    if (!models.names.length) throw new Error(text("shell.no_models"));
    initialise(name, await fields(limits, models));
    offerModels(models);
    const show = view({ models, limits, say });
    const offer = snippets();
    readAddress();
    watch((now) => {
      troubles.clear(); // each view repeats what failed
      say();
      const offered = show(/** @type {State<F>} */ (now));
      offer(offered);
      share(offered?.embed);
    });
    /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("main form")).forEach(bind);
    document.addEventListener("click", roll);
    addEventListener("popstate", readAddress);
    import("./offline.js").then(({ offline }) => offline(models)).catch(() => {}); // nothing else depends on it
  } catch (error) {
    say(error);
  }
}

/** The address may get another depth, and links must go on leading to where they led. */
function keepLinks() {
  const links = "a[href]:not([href^='#']), link[rel*='icon'], link[rel='manifest']"; // which browsers read when they like
  /** @type {NodeListOf<HTMLAnchorElement | HTMLLinkElement>} */
  const found = document.querySelectorAll(links);
  for (const link of found) link.href = `${link.href}`;
}

/** Where the line of names is too long, the name of this view is in sight, and then the one that has the focus. */
function showWhere() {
  const here = document.querySelector("nav [aria-current]");
  const line = here?.parentElement;
  if (!(here instanceof HTMLElement) || !line) return;
  // By themselves, browsers leave a name where it is if a part of it is in sight.
  line.addEventListener("focusin", ({ target }) => {
    if (target instanceof Element) target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  line.scrollLeft = here.offsetLeft - line.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;
}

/** The controls are at the side where there is room for them, and else in a sheet that one opens. */
function openPanelWhereWide() {
  const panels = document.querySelectorAll("details.panel");
  const follow = () => panels.forEach((panel) => panel.toggleAttribute("open", WIDE.matches));
  WIDE.addEventListener("change", follow);
  follow();
}

/** @param {Models} models */
function offerModels(models) {
  for (const select of document.querySelectorAll("select")) {
    const { models: which } = select.dataset;
    if (which === undefined) continue;
    const fits = (/** @type {Model} */ { n_classes, encoder }) =>
      which === "readers" ? encoder : which !== "labelled" || n_classes;
    const offered = models.names.filter((name) => fits(models.get(name)));
    select.append(...offered.map((name) => new Option(name, name)));
  }
}

/**
 * Returns the model of a name; if it is not served, says so, and takes another in its place.
 *
 * @param {Models} models
 * @param {string} field of the state that has the name
 * @param {string} [usual]
 * @param {(model: Model) => boolean} [reads] whether a model reads pictures, where one is needed that does
 */
export function served(models, field, usual = models.usual, reads = () => true) {
  const named = /** @type {Record<string, string>} */ (state);
  if (!models.has(named[field])) {
    if (named[field]) remark(text("shell.not_served", { name: named[field], usual }));
    named[field] = usual;
  }
  if (!reads(models.get(named[field]))) {
    remark(text("shell.not_reading", { name: named[field], usual }));
    named[field] = usual;
  }
  return models.get(named[field]);
}

/** @type {Say} */
export function say(error, source) {
  troubles.delete(source);
  if (error instanceof Error) troubles.set(source, error.message);
  find("#trouble", HTMLElement).textContent = [...new Set(troubles.values())].join(" · ");
}

/** Returns a number that is a seed. */
export const randomSeed = () => Math.floor(Math.random() * MAX_RANDOM);

/** @param {MouseEvent} event on anything; a button may name a field that gets a random number */
function roll({ target }) {
  if (!(target instanceof Element)) return;
  const name = target.closest("button")?.dataset.roll;
  if (name) change({ [name]: randomSeed() });
}
