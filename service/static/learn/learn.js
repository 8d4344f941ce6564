// Things to touch, about what a GAN is: fills every element that names a piece, on the page and in the guide.

import { answer } from "./answer.js";
import { guess } from "./guess.js";
import { hills } from "./hills.js";
import { live } from "./live.js";
import { framed } from "./parts.js";
import { timeline } from "./timeline.js";

/** @import { Piece } from "./parts.js" */

/** @type {Record<string, () => Piece>} */
const PIECES = { guess, answer, hills, live, timeline };

/**
 * Fills the elements within a root that name a piece, as in `<article data-piece="guess">`, once the style is there.
 *
 * @param {ParentNode} root
 * @param {"h2" | "h3"} level of their headings
 */
export async function fill(root, level) {
  const places = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-piece]:not(.learn)"));
  if (!places.length) return;
  await style();
  for (const place of places) {
    const pieceOf = PIECES[place.dataset.piece ?? ""];
    place.classList.add("learn");
    place.replaceChildren(framed(pieceOf(), level));
  }
}

/** Loads the style of the pieces. */
function style() {
  const link = document.createElement("link");
  Object.assign(link, { rel: "stylesheet", href: new URL("learn.css", import.meta.url).href });
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => reject(new Error("the style of the pieces could not be loaded"));
    document.head.append(link);
  });
}
