// Downloads that take long enough to say so: their size, how much has come, and a button that cancels them.

import { ask, chunksOf } from "./api.js";
import { find, make } from "./elements.js";
import { sizeInWords, text } from "./messages.js";

/**
 * A file to download.
 *
 * @typedef {object} Part
 * @property {string} path
 * @property {number} [bytes] if they are known, since an answer that is compressed does not say how many it holds
 * @property {Cache} [cache] where it is kept
 */

const PATIENCE_MS = 200; // a wait shorter than this is not announced

/**
 * Returns a function that gets the contents of some files, all for one purpose.
 * Downloads that run at the same time share one bar and one Cancel button. Cancelling makes it throw an error that says so.
 *
 * @param {string} purpose what is said meanwhile
 * @returns {(parts: Part[]) => Promise<ArrayBuffer[]>}
 */
export function downloader(purpose) {
  const place = find("#downloads", HTMLElement);
  const [said, amount] = [make("span", { textContent: purpose }), make("span", { ariaLive: "off" })];
  const bar = make("progress", { ariaLabel: text("shell.download") });
  const cancel = make("button", { type: "button", textContent: text("shell.cancel") });
  const row = make("p", { className: "row" }, [said, amount, bar, cancel]);
  let running = 0;
  let [done, total] = [0, 0]; // bytes of all that is running
  let aborting = new AbortController();
  /** @type {number | undefined} */
  let patience;
  cancel.onclick = () => aborting.abort();

  return async (parts) => {
    if (!running++) begin();
    total += parts.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
    show();
    const { signal } = aborting;
    try {
      return await Promise.all(parts.map((part) => fetchPart(part, signal)));
    } catch (error) {
      throw signal.aborted ? new Error(text("shell.cancelled"), { cause: error }) : error;
    } finally {
      if (!--running) end();
    }
  };

  function begin() {
    [done, total] = [0, 0];
    aborting = new AbortController();
    patience = setTimeout(() => place.append(row), PATIENCE_MS); // the place is live, so what comes into it is read out
  }

  function end() {
    clearTimeout(patience);
    if (row.contains(document.activeElement)) place.focus({ preventScroll: true }); // where Tab goes on from
    row.remove();
  }

  function show() {
    bar.max = Math.max(total, 1);
    bar.value = Math.min(done, total);
    amount.textContent = text("shell.of", { done: sizeInWords(done), total: sizeInWords(total) });
  }

  /**
   * @param {Part} part
   * @param {AbortSignal} signal
   */
  async function fetchPart({ path, bytes, cache }, signal) {
    const answer = await ask({ path, accept: "*/*" }, signal);
    const copy = cache && answer.clone();
    const stated = answer.headers.has("content-encoding") ? 0 : Number(answer.headers.get("content-length"));
    const expected = bytes ?? stated;
    if (bytes === undefined) total += expected;
    const [content] = await Promise.all([read(answer, expected), cache && copy && cache.put(answer.url, copy)]);
    return content;
  }

  /**
   * @param {Response} answer
   * @param {number} expected bytes
   */
  async function read(answer, expected) {
    const chunks = [];
    let n = 0;
    for await (const chunk of chunksOf(answer)) {
      chunks.push(chunk);
      n += chunk.length;
      done += chunk.length;
      if (n > expected) total += Math.min(n - expected, chunk.length);
      show();
    }
    return new Blob(chunks).arrayBuffer();
  }
}
