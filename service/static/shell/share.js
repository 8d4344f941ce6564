// How what a view shows is given to others: a link, and code that shows a picture in another page.

import { hasKey } from "./api.js";
import { copy } from "./clipboard.js";
import { find } from "./elements.js";
import { at } from "./root.js";
import { address } from "./state.js";

/**
 * Pictures to embed.
 *
 * @typedef {object} Embed
 * @property {string} picture its path
 * @property {string} [film] the path of a picture that writes itself
 * @property {string} name what it shows
 */

const [FRAME_HEIGHT, FRAME_WIDTH] = [160, 480]; // a picture without a size of its own is as large as its frame lets it

/**
 * Sets up the ways to share; returns a function that offers a picture to embed, or nothing.
 *
 * @returns {(embed?: Embed) => void}
 */
export function sharing() {
  const copied = find("#copied", HTMLElement);
  const send = find("#send", HTMLElement);
  const section = find("#embed", HTMLElement);
  const codes = [find("#embed-picture", HTMLElement), find("#embed-film", HTMLElement)];
  find("#copy-link", HTMLElement).onclick = () => copy(address(), copied);
  send.hidden = !("share" in navigator);
  send.onclick = () => navigator.share({ title: document.title, url: address() }).catch(() => {}); // changed one's mind
  for (const each of codes) {
    const [button, status] = [find("button", HTMLElement, each), find("[role=status]", HTMLElement, each)];
    const code = find("pre", HTMLElement, each);
    button.onclick = () => copy(code.textContent, status, code);
  }
  find("#embed-note", HTMLElement).hidden = section.dataset.isOpen === "true";
  return (embed) => {
    section.hidden = !embed || hasKey(); // a key would have to be in the code
    if (!embed) return;
    const { picture, film, name } = embed;
    const shown = [picture && imageOf(picture, name), film && frameOf(film, name)];
    codes.forEach((each, i) => {
      each.hidden = !shown[i];
      find("pre", HTMLElement, each).textContent = shown[i] || "";
    });
  };
}

/**
 * @param {string} path
 * @param {string} name
 */
const imageOf = (path, name) => `<img src="${escaped(at(path))}" alt="${escaped(name)}" height="${FRAME_HEIGHT}">`;

/**
 * @param {string} path
 * @param {string} name
 */
const frameOf = (path, name) =>
  `<iframe src="${escaped(at(path))}" title="${escaped(name)}" width="${FRAME_WIDTH}" height="${FRAME_HEIGHT}" ` +
  `style="border: 0"></iframe>`;

const escaped = (/** @type {string} */ plain) => plain.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
