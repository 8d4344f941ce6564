// Where the service is: its root, as the address of this very module tells, which is page/RELEASE/shell/root.js below.

export const ROOT = new URL("../../../", import.meta.url);

/** Where the page's files are, relative to the root. */
export const FILES = new URL("../", import.meta.url).href.slice(ROOT.href.length);

/**
 * Returns an address of the service.
 *
 * @param {string} path relative to the root
 */
export const at = (path) => new URL(path, ROOT).href;
