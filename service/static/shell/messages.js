// The page's words, in the language of its document; the table has every text in English and in Chinese.

import table from "../messages.json" with { type: "json" };

const language = document.documentElement.lang.startsWith("zh") ? 1 : 0;

/**
 * Returns a text of the table.
 *
 * @param {string} key its section and its name, such as "write.rolled"
 * @param {Record<string, string | number>} [values] by the places in the text, such as {n}
 */
export function text(key, values = {}) {
  const [section, name] = key.split(".");
  const found = /** @type {Record<string, Record<string, string[]>>} */ (table)[section]?.[name];
  if (!found) throw new Error(`there are no words for ${key}`);
  return found[language].replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));
}

/**
 * @param {number} value
 * @param {Intl.NumberFormatOptions} [options]
 */
export const written = (value, options) => value.toLocaleString(document.documentElement.lang, options);

/** @param {number} n */
export const count = (n) => written(n);

/**
 * @param {number} share of 1
 * @param {number} [places] after the point
 */
export const percent = (share, places = 0) =>
  `${written(100 * share, { minimumFractionDigits: places, maximumFractionDigits: places })} %`;

/** @param {number} bytes */
export function sizeInWords(bytes) {
  const isLarge = bytes >= 1e9;
  const n = written(bytes / (isLarge ? 1e9 : 1e6), { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return text(isLarge ? "shell.gigabytes" : "shell.megabytes", { n });
}
