// The view Draw: a number in one hand.

import { askPicture } from "./api.js";
import { find } from "./elements.js";
import { versionOf } from "./models.js";
import { latestOnly, put } from "./pictures.js";

/** @import { Context, Offer } from "./main.js" */
/** @import { State } from "./state.js" */

/**
 * Returns a function that shows a state and returns the request behind the picture.
 *
 * @param {Context} context
 * @returns {(now: State) => Offer}
 */
export function drawing({ models, say }) {
  const section = find("#draw", HTMLElement);
  const image = find("#drawing", HTMLImageElement);
  const stage = find(".stage", HTMLElement, section);
  const note = find("#draw-note", HTMLElement);
  const download = find("#draw-download", HTMLAnchorElement);
  const ofClasses = ["digits", "gap"].map((name) => find(`[name=${name}]`, HTMLInputElement, section));

  /** @typedef {{ request: Offer, description: string, invert: boolean }} Wish */
  const show = latestOnly(async (/** @type {Wish} */ { request, description, invert }, signal) => {
    put(image, await askPicture(request, signal), description);
    stage.classList.toggle("white", invert);
    download.href = image.src;
    download.download = request.file;
    say();
  }, say);

  return (now) => {
    const hasClasses = models.get(now.model).n_classes > 0;
    for (const control of ofClasses) control.disabled = !hasClasses;
    note.textContent = hasClasses
      ? "One seed is one hand. Variety scales how far that hand is from the average one."
      : `${now.model} has no classes: the seed alone decides what is drawn.`;
    if (!image.src) stage.classList.toggle("white", now.invert); // the ground of the first picture
    const request = requestFor(now, hasClasses);
    const what = hasClasses ? now.digits : "A digit";
    show({ request, description: `${what} in the hand of seed ${now.seed}`, invert: now.invert });
    return request;
  };
}

/**
 * @param {State} now
 * @param {boolean} hasClasses
 * @returns {Offer}
 */
function requestFor(now, hasClasses) {
  const { model, version } = versionOf(now.model);
  const query = new URLSearchParams({ model, version, scale: String(now.scale) });
  const { truncation } = now;
  if (truncation !== 1) query.set("truncation", String(truncation));
  if (now.invert) query.set("invert", "true");
  if (hasClasses && now.gap) query.set("gap", String(now.gap));
  const path = hasClasses ? `numbers/${now.digits}/${now.seed}.png` : `images/${now.seed}.png`;
  return { path: `${path}?${query}`, file: `${hasClasses ? now.digits : model}-${now.seed}.png` };
}
