// The pictures of a hand: one of each class, and a number if the classes are digits.

import { ask } from "../../shell/api.js";
import { written } from "../../drawing/ink.js";
import { drawing, fileName, pathOf } from "../../drawing/svg.js";
import { find, make } from "../../shell/elements.js";
import { bitmaps, rowsOf } from "../../drawing/inference.js";
import { imagesThere, pixelsHere } from "../../drawing/makers.js";
import { text as words } from "../../shell/messages.js";
import { classesOf, fileOf, isInColour, versionOf, writes } from "../../shell/models.js";
import { latestOnly, saveAnswer } from "../../shell/pictures.js";
import { load } from "../../drawing/runtime.js";

/** @import { Offer } from "../../shell/page.js" */
/** @import { Model, Models } from "../../shell/models.js" */
/** @typedef {{ hand: string, digits: string, name: string }} Text a number in a hand, by a model of this name */

const HEIGHT = 224; // of a digit in ink

const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

/**
 * Returns a function that shows a text, made by this browser or by the service.
 *
 * @param {Models} models
 * @param {import("../../shell/pictures.js").Say} say
 * @returns {(text: Text, isHere: boolean) => void}
 */
export function writing(models, say) {
  const ten = find("#ten", HTMLElement);
  const number = find("#number", HTMLElement);
  /** @type {Text} */
  let shown;

  /** @param {Model} model */
  function makeRoom(model) {
    const classes = classesOf(model);
    if (ten.children.length !== classes.length) ten.replaceChildren(...classes.map(() => make("img", { alt: "" })));
    for (const each of ten.children) each.classList.toggle("colour", isInColour(model));
  }

  /**
   * @param {string[]} sources
   * @param {Model} model
   */
  function showAll(sources, model) {
    makeRoom(model);
    classesOf(model).forEach((name, i) =>
      Object.assign(ten.children[i], { src: sources[i], alt: words("hand.in_hand", { name }) }),
    );
  }

  /**
   * @param {string} curves an SVG document
   * @param {string} digits
   */
  function showNumber(curves, digits) {
    number.replaceChildren(drawing(curves));
    number.ariaLabel = words("hand.in_hand", { name: digits });
  }

  const write = latestOnly(async (/** @type {{ text: Text, isHere: boolean }} */ { text, isHere }, signal) => {
    const { hand, digits, name } = text;
    const model = models.get(name);
    const body = { hands: [hand], labels: classesOf(model).map((_, label) => label), ...versionOf(name) };
    if (isHere) {
      await load(fileOf(body)); // another model may have been chosen since the reading
      const images = await pixelsHere(body, rowsOf(body, model));
      showAll(bitmaps(images), model);
      await painted(); // curves take a while, and would delay the ten
      if (!signal.aborted && writes(model)) showNumber(written(images, digits, true), digits);
    } else {
      const images = await imagesThere({ path: "generate", body }, signal);
      showAll(
        images.map(({ src }) => src),
        model,
      );
      if (writes(model)) {
        const curves = await ask({ path: offerOf(text, "svg").path, accept: "image/svg+xml" }, signal);
        showNumber(await curves.text(), digits);
      }
    }
  }, say);

  for (const kind of /** @type {const} */ (["svg", "png"])) {
    find(`#hand-${kind}`, HTMLElement).onclick = () => saveAnswer(offerOf(shown, kind), say);
  }

  return (text, isHere) => {
    shown = text;
    makeRoom(models.get(text.name));
    write({ text, isHere });
  };
}

/**
 * Returns the request for a text in ink.
 *
 * @param {Text} text
 * @param {"svg" | "png"} kind
 * @returns {Offer}
 */
export function offerOf({ hand, digits, name }, kind) {
  const query = new URLSearchParams({ ...versionOf(name), layout: "natural" });
  if (kind === "png") query.set("ink", "true");
  if (kind === "png") query.set("height", String(HEIGHT)); // curves have no size
  return { path: `${pathOf(digits, hand, kind)}?${query}`, file: `hand-${fileName(digits)}.${kind}` };
}
