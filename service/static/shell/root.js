// Where the service is: its root, below which this module's own address is page/RELEASE/shell/root.js.

export const ROOT = new URL("../../../", import.meta.url);

/** Where the page's files are, relative to the root. */
export const FILES = new URL("../", import.meta.url).href.slice(ROOT.href.length);

/**
 * Returns an address of the service.
 *
 * @param {string} path relative to the root
 */
export const at = (path) => new URL(path, ROOT).href;

/**
 * Returns a text as a part of an address; the signs of a number stay as they are where an address may have them.
 *
 * @param {string} text
 */
export const encoded = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
