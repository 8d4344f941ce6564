// Pictures in ink: curves of the service, as elements of this page and as files.

import { encoded } from "../shell/root.js";

/**
 * Returns an SVG document as an element of this page.
 *
 * @param {string} source
 */
export function drawing(source) {
  const { documentElement } = new DOMParser().parseFromString(source, "image/svg+xml");
  return /** @type {SVGElement} */ (/** @type {unknown} */ (document.adoptNode(documentElement)));
}

/** @param {string} digits as the service names its files */
export const fileName = (digits) => digits.replace(/[^0-9.,+-]+/g, "_");

/**
 * Returns the path of a number's picture.
 *
 * @param {string} number
 * @param {string} hand a seed, or a token
 * @param {"svg" | "png"} kind
 */
export const pathOf = (number, hand, kind) => `numbers/${encoded(number)}/${hand}.${kind}`;

/**
 * Returns the images of a sheet in one row as elements of this page, all of one size; of a blank one, an empty element.
 *
 * @param {string} source an SVG document
 * @param {number} n images
 */
export function squares(source, n) {
  const sheet = drawing(source);
  const [, , width, side] = (sheet.getAttribute("viewBox") ?? "").split(" ").map(Number);
  const step = n > 1 ? (width - side) / (n - 1) : width;
  const made = Array.from({ length: n }, (_, i) => {
    const own = /** @type {SVGElement} */ (sheet.cloneNode());
    own.setAttribute("viewBox", `${i * step} 0 ${side} ${side}`);
    own.removeAttribute("role");
    own.ariaHidden = "true";
    return own;
  });
  for (const path of sheet.querySelectorAll("path")) {
    const x = Number.parseInt((path.getAttribute("d") ?? "").slice(1)); // where it starts
    made[Math.floor((x - 1) / step)]?.append(path);
  }
  return made;
}
