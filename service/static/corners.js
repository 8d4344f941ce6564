// Exploring between four digits: a square with one in each corner, and their mix where the pointer is.

import { find } from "./elements.js";
import { mixed, nearest } from "./latents.js";
import { images } from "./makers.js";
import { classesOf, isOfDigits, versionOf } from "./models.js";
import { latestOnly } from "./pictures.js";
import { following, latentOf } from "./seeds.js";
import { change } from "./state.js";

/** @import { Context, Offer } from "./main.js" */
/** @import { ImagesCall } from "./makers.js" */
/** @import { State } from "./state.js" */

const THUMBNAIL_SCALE = 2;
const COPIED_SCALE = 12; // the page enlarges by itself, which keeps each answer small

/**
 * Returns a function that shows a state and returns the request behind the mix.
 *
 * @param {Context} context
 * @returns {(now: State) => Offer}
 */
export function corners({ models, say }) {
  const pad = find("#pad", HTMLElement);
  const dot = find("#dot", HTMLElement);
  const mix = find("#mix", HTMLImageElement);
  const thumbnails = pad.querySelectorAll(".corner");
  const choice = find("#corner-classes", HTMLFieldSetElement);
  const selects = [...choice.querySelectorAll("select")];
  choice.addEventListener("change", () => change({ cornerDigits: selects.map(({ value }) => value).join() }));

  const showCorners = latestOnly(async (/** @type {ImagesCall} */ request, signal) => {
    (await images(request, signal)).forEach(({ src, seed }, i) => {
      Object.assign(thumbnails[i], { src, alt: `Corner ${i + 1}: seed ${seed}` });
    });
  }, say);
  const showMix = latestOnly(async (/** @type {ImagesCall} */ request, signal) => {
    const [{ src }] = await images(request, signal);
    Object.assign(mix, { src, alt: "A digit between the four corners" });
    say();
  }, say);

  const follow = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    const { left, top, width, height } = pad.getBoundingClientRect();
    const within = (/** @type {number} */ part) => Number(Math.min(1, Math.max(0, part)).toFixed(3));
    change({ across: within((clientX - left) / width), down: within((clientY - top) / height) });
  };
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    follow(event);
  });
  pad.addEventListener("pointermove", (event) => pad.hasPointerCapture(event.pointerId) && follow(event));

  return (now) => {
    const model = models.get(now.model);
    const { latent_size: size, n_classes: nClasses } = model;
    const hasDigits = isOfDigits(model);
    choice.hidden = !nClasses || hasDigits;
    find("label:has([name=cornerDigits])", HTMLElement).hidden = !choice.hidden;
    const options = { ...versionOf(now.model), truncation: now.truncation };
    const seeds = [0, 1, 2, 3].map((n) => following(now.corner, n));
    const labels = nClasses ? labelsOf(now.cornerDigits, classesOf(model).length) : undefined;
    if (hasDigits) now.cornerDigits = labels?.join("") ?? now.cornerDigits;
    selects.forEach((select, i) => (select.value = String(labels?.[i])));
    showCorners({ by: now.by, path: "generate", body: { seeds, labels, ...options, scale: THUMBNAIL_SCALE } });
    const latents = seeds.map((seed) => Array.from(latentOf(seed, size)));
    const latent = mixed(latents, now.across, now.down, size - nClasses);
    const body = { latents: [latent], labels: labels?.[nearest(now.across, now.down)], ...options };
    showMix({ by: now.by, path: "generate", body });
    dot.style.left = `${now.across * 100}%`;
    dot.style.top = `${now.down * 100}%`;
    return { path: "generate", body: { ...body, scale: COPIED_SCALE }, accept: "image/png", file: "between.png" };
  };
}

/**
 * Returns four labels; one that the model lacks becomes its last.
 *
 * @param {string} text four digits, or four numbers with commas between them
 * @param {number} n how many classes there are
 */
const labelsOf = (text, n) =>
  (text.includes(",") ? text.split(",") : [...text]).map((label) => Math.min(Number(label), n - 1));
