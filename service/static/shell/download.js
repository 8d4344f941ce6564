// Downloads that take long enough to say so: their size, how much has come, and a button that cancels them.

import { ask, chunksOf } from "./api.js";
import { find } from "./elements.js";
import { megabytes, text } from "./messages.js";

/**
 * A file to download.
 *
 * @typedef {object} Part
 * @property {string} path
 * @property {number} [bytes] if they are known, since an answer that is compressed does not say how many it holds
 * @property {Cache} [cache] where it is kept
 */

const PATIENCE_MS = 200; // a wait shorter than this is not announced
const place = find("#download", HTMLElement);
const [note, bar, cancel] = [
  find("span", HTMLElement, place),
  find("progress", HTMLProgressElement, place),
  find("button", HTMLButtonElement, place),
];
let running = 0;
let [done, total] = [0, 0]; // bytes of all downloads that are running
let aborting = new AbortController();
/** @type {number | undefined} */
let patience;

cancel.onclick = () => aborting.abort();

/**
 * Returns the contents of some files; if a person cancels, throws an error that says so.
 *
 * @param {Part[]} parts
 * @returns {Promise<ArrayBuffer[]>}
 */
export async function download(parts) {
  begin(parts.reduce((sum, { bytes = 0 }) => sum + bytes, 0));
  const { signal } = aborting;
  try {
    return await Promise.all(parts.map((part) => fetchPart(part, signal)));
  } catch (error) {
    throw signal.aborted ? new Error(text("shell.cancelled"), { cause: error }) : error;
  } finally {
    end();
  }
}

/** @param {number} bytes */
function begin(bytes) {
  if (!running++) {
    [done, total] = [0, 0];
    aborting = new AbortController();
    patience = setTimeout(() => (place.hidden = false), PATIENCE_MS);
  }
  total += bytes;
  show();
}

function end() {
  if (--running) return;
  clearTimeout(patience);
  place.hidden = true;
}

function show() {
  bar.max = Math.max(total, 1);
  bar.value = Math.min(done, total);
  note.textContent = text("shell.downloading", { done: megabytes(done), total: megabytes(total) });
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
