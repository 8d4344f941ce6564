// The view Draw: a number in one hand.

import { ask, askPicture } from "./api.js";
import { find } from "./elements.js";
import { drawsDigits, isInColour, versionOf, writes } from "./models.js";
import { latestOnly, put, save } from "./pictures.js";
import { state } from "./state.js";

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
  const svg = find("#draw-svg", HTMLElement);
  const number = find("[name=digits]", HTMLInputElement, section);
  const inked = find("fieldset:has([name=ink])", HTMLElement, section);
  const inverted = find("label:has([name=invert])", HTMLElement, section);
  const layout = find("#layout", HTMLFieldSetElement);
  /** @type {(name: string) => HTMLElement} */
  const slider = (name) => find(`.slider:has([name=${name}])`, HTMLElement, section);

  /** @typedef {{ request: Offer, description: string, ink: boolean, invert: boolean }} Wish */
  const show = latestOnly(async (/** @type {Wish} */ { request, description, ink, invert }, signal) => {
    put(image, await askPicture(request, signal), description);
    image.classList.toggle("ink", ink);
    stage.classList.toggle("white", invert);
    download.href = image.src;
    download.download = request.file;
    say();
  }, say);

  svg.onclick = async () => {
    try {
      const { path, file } = curvesFor(state, writes(models.get(state.model)));
      save(await (await ask({ path, accept: "image/svg+xml" })).blob(), file);
    } catch (error) {
      say(error);
    }
  };

  return (chosen) => {
    const model = models.get(chosen.model);
    const hasInk = !isInColour(model);
    const now = hasInk ? chosen : { ...chosen, ink: false, invert: false };
    inked.hidden = inverted.hidden = !hasInk;
    const hasDigits = writes(model);
    number.disabled = !hasDigits;
    svg.hidden = !now.ink; // which has curves
    layout.hidden = !now.ink || !hasDigits;
    slider("height").hidden = !now.ink;
    slider("scale").hidden = now.ink;
    slider("gap").hidden = !hasDigits || isNatural(now);
    note.textContent = hasDigits
      ? "One seed is one hand. Variety scales how far that hand is from the average one."
      : `${now.model} writes no numbers: a seed decides the whole image${model.n_classes ? ", its class too" : ""}.`;
    if (!image.src) stage.classList.toggle("white", now.invert); // the ground of the first picture
    const request = requestFor(now, hasDigits);
    const description = `${hasDigits ? now.digits : drawsDigits(model) ? "A digit" : "An image"} in the hand of seed ${now.seed}`;
    show({ request, description, ink: now.ink, invert: now.invert });
    return request;
  };
}

/**
 * @param {State} now
 * @param {boolean} hasDigits
 * @returns {Offer}
 */
function requestFor(now, hasDigits) {
  const { model, version } = versionOf(now.model);
  const { truncation, ink, height, scale, invert, layout, gap } = now;
  const query = new URLSearchParams({ model, version });
  if (truncation !== 1) query.set("truncation", String(truncation));
  if (ink) query.set("ink", "true");
  query.set(ink ? "height" : "scale", String(ink ? height : scale));
  if (invert) query.set("invert", "true");
  if (hasDigits && isNatural(now)) query.set("layout", layout);
  else if (hasDigits && gap) query.set("gap", String(gap));
  const path = hasDigits ? `numbers/${encoded(now.digits)}/${now.seed}.png` : `images/${now.seed}.png`;
  const name = hasDigits ? fileName(now.digits) : model;
  return { path: `${path}?${query}`, file: `${name}-${now.seed}.png` };
}

/**
 * Returns the request for the curves of what is shown; they have no size.
 *
 * @param {State} now
 * @param {boolean} hasDigits
 * @returns {Offer}
 */
function curvesFor(now, hasDigits) {
  const { path, file } = requestFor(now, hasDigits);
  const [address, query] = path.split("?");
  const kept = new URLSearchParams(query);
  for (const name of ["ink", "height"]) kept.delete(name);
  return { path: `${address.replace(/png$/, "svg")}?${kept}`, file: file.replace(/png$/, "svg") };
}

/** @param {State} now */
const isNatural = ({ ink, layout }) => ink && layout === "natural";

/** @param {string} digits as the service names its files */
export const fileName = (digits) => digits.replace(/[^0-9.,+-]+/g, "_");

/** @param {string} text */
export const encoded = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
