// Copying a text, and saying so.

import { text as words } from "./messages.js";

const COPIED_MS = 2000;

/**
 * Copies a text and says so; where copying is not allowed, shows the text selected.
 *
 * @param {string} text
 * @param {HTMLElement} status says what was done
 * @param {HTMLElement} shown where the text is, or may be
 */
export async function copy(text, status, shown = status) {
  try {
    await navigator.clipboard.writeText(text);
    say(status, "shell.copied");
  } catch {
    // Without https or permission, browsers have only the old way.
    if (shown.textContent !== text) shown.textContent = text;
    getSelection()?.selectAllChildren(shown);
    const isCopied = document.execCommand("copy");
    if (shown !== status || isCopied) say(status, isCopied ? "shell.copied" : "shell.copy_by_hand");
  }
}

/**
 * @param {HTMLElement} status
 * @param {string} key
 */
function say(status, key) {
  status.textContent = words(key);
  setTimeout(() => (status.textContent = ""), COPIED_MS);
}
