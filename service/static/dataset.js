// The view Data set: a download, and how far it has come.

import { ask, isAbort } from "./api.js";
import { find } from "./elements.js";
import { versionOf } from "./models.js";
import { save } from "./pictures.js";
import { state } from "./state.js";

/** @import { Context, Offer } from "./main.js" */
/** @import { State } from "./state.js" */

const FILES = new Map([
  ["application/zip", "digits.zip"],
  ["application/x-tar", "digits.tar"],
  ["application/vnd.apache.parquet", "digits.parquet"],
]);

/**
 * Returns a function from a state to its request.
 *
 * @param {Context} context
 * @returns {(now: State) => Offer}
 */
export function dataset({ say }) {
  const fetchButton = find("#fetch", HTMLButtonElement);
  const stopButton = find("#stop", HTMLButtonElement);
  const bar = find("#progress", HTMLProgressElement);
  const note = find("#progress-note", HTMLElement);
  /** @type {AbortController | undefined} */
  let work;

  async function download() {
    work = new AbortController();
    say();
    bar.value = 0;
    showWork(true);
    try {
      await receive(requestFor(state), state.count, work.signal);
    } catch (error) {
      note.textContent = isAbort(error) ? "Stopped" : "";
      if (!isAbort(error)) say(error);
    }
    showWork(false);
  }

  /**
   * @param {Offer} request
   * @param {number} count
   * @param {AbortSignal} signal
   */
  async function receive(request, count, signal) {
    const answer = await ask(request, signal);
    const total = Number(answer.headers.get("content-length")); // 0 for an answer that is compressed on the way
    const pieces = [];
    let received = 0;
    for await (const piece of chunks(answer)) {
      pieces.push(piece);
      received += piece.length;
      if (total) bar.value = received / total;
      else bar.removeAttribute("value");
      note.textContent = total ? `${megabytes(received)} of ${megabytes(total)}` : megabytes(received);
    }
    bar.value = 1;
    save(new Blob(pieces, { type: request.accept }), request.file);
    note.textContent = `${request.file}: ${count.toLocaleString("en")} images, ${megabytes(received)}`;
  }

  /** @param {boolean} isWorking */
  function showWork(isWorking) {
    fetchButton.disabled = isWorking;
    stopButton.hidden = !isWorking;
    bar.hidden = !isWorking;
    if (isWorking) note.textContent = "Waiting for the first images";
  }

  fetchButton.onclick = download;
  stopButton.onclick = () => work?.abort();
  return requestFor;
}

/**
 * @param {State} now
 * @returns {Offer}
 */
function requestFor(now) {
  const body = { count: now.count, seed: now.start, ...versionOf(now.model), truncation: now.truncation };
  return { path: "dataset", body, accept: now.format, file: FILES.get(now.format) ?? "digits" };
}

/**
 * Yields the body of an answer as it arrives; not every browser can loop over the stream itself.
 *
 * @param {Response} answer
 */
async function* chunks(answer) {
  const reader = answer.body?.getReader();
  const read = () => reader?.read().catch(interrupted);
  for (let next = await read(); next?.value; next = await read()) yield next.value;
}

/**
 * @param {unknown} error
 * @returns {never}
 */
function interrupted(error) {
  throw isAbort(error) ? error : new Error("the download broke off and nothing was saved; try again");
}

const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
