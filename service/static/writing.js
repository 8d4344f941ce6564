// The pictures of a hand: one of each class, and a number if the classes are digits.

import { ask } from "./api.js";
import { encoded, fileName } from "./drawing.js";
import { find, make } from "./elements.js";
import { bitmaps, row } from "./inference.js";
import { imagesThere, pixelsHere } from "./makers.js";
import { versionOf } from "./models.js";
import { latestOnly, save } from "./pictures.js";

/** @import { Offer } from "./main.js" */
/**
 * A number in a hand, by a model of this name, whose classes are named, too.
 *
 * @typedef {{ hand: string, digits: string, name: string, classes: string[], hasDigits: boolean }} Text
 */

const SCALE = 4;
const HEIGHT = 224; // of a digit in ink

const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

/**
 * Returns a function that shows a text, made by this browser or by the service.
 *
 * @param {(error?: unknown) => void} say
 * @returns {(text: Text, isHere: boolean) => void}
 */
export function writing(say) {
  const ten = find("#ten", HTMLElement);
  const number = find("#number", HTMLImageElement);
  /** @type {Text} */
  let shown;

  /** @param {string[]} names of the classes */
  function makeRoom(names) {
    if (ten.children.length !== names.length) ten.replaceChildren(...names.map(() => make("img", { alt: "" })));
  }

  /**
   * @param {string[]} sources
   * @param {string[]} names
   */
  function showAll(sources, names) {
    makeRoom(names);
    sources.forEach((src, i) => Object.assign(ten.children[i], { src, alt: `${names[i]} in this hand` }));
  }

  /**
   * @param {string} src
   * @param {string} digits
   */
  function showNumber(src, digits) {
    if (number.src.startsWith("blob:")) URL.revokeObjectURL(number.src);
    Object.assign(number, { src, alt: `${digits} in this hand` });
  }

  const write = latestOnly(async (/** @type {{ text: Text, isHere: boolean }} */ { text, isHere }, signal) => {
    const body = { hands: [text.hand], labels: text.classes.map((_, label) => label), ...versionOf(text.name) };
    number.classList.toggle("smooth", isHere);
    if (isHere) {
      const images = await pixelsHere(body);
      showAll(bitmaps(images), text.classes);
      await painted(); // the number is large, and would delay the ten
      if (!signal.aborted && text.hasDigits) showNumber(row(images, text.digits), text.digits);
    } else {
      const images = await imagesThere({ path: "generate", body: { ...body, scale: SCALE } }, signal);
      showAll(
        images.map(({ src }) => src),
        text.classes,
      );
      if (text.hasDigits) {
        const curves = await ask({ path: offerOf(text, "svg").path, accept: "image/svg+xml" }, signal);
        showNumber(URL.createObjectURL(await curves.blob()), text.digits);
      }
    }
    say();
  }, say);

  for (const kind of /** @type {const} */ (["svg", "png"])) {
    find(`#hand-${kind}`, HTMLElement).onclick = async () => {
      try {
        const { path, file } = offerOf(shown, kind);
        save(await (await ask({ path, accept: "*/*" })).blob(), file);
      } catch (error) {
        say(error);
      }
    };
  }

  return (text, isHere) => {
    shown = text;
    makeRoom(text.classes);
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
  return { path: `numbers/${encoded(digits)}/${hand}.${kind}?${query}`, file: `hand-${fileName(digits)}.${kind}` };
}
