// A download of several files at once: its progress, and a way to cancel it. They are saved once all are complete.

import { ask, chunksOf, isAbort } from "../../shell/api.js";
import { find } from "../../shell/elements.js";
import { count, sizeInWords, text } from "../../shell/messages.js";
import { save } from "../../shell/pictures.js";

/** @import { Offer } from "../../shell/page.js" */

/** @typedef {() => { calls: Offer[], total: number }} Download requests for files, and their bytes; 0 if unknown */

const TOLD_MS = 250; // between two texts on the progress

/**
 * Binds the buttons and the texts of a view's downloads; returns functions that say what may be downloaded.
 *
 * @param {import("../../shell/pictures.js").Say} say
 */
export function downloads(say) {
  const start = find("#fetch", HTMLButtonElement);
  const stop = find("#stop", HTMLButtonElement);
  const bar = find("#progress", HTMLProgressElement);
  const speed = find("#speed", HTMLElement);
  const ended = find("#ended", HTMLElement);
  /** @type {AbortController | undefined} */
  let work;
  /** @type {Download | undefined} */
  let offered;

  function show() {
    const hasFocus = [start, stop].some((button) => button === document.activeElement);
    start.hidden = Boolean(work) || !offered;
    stop.hidden = bar.hidden = speed.hidden = !work;
    if (hasFocus) (work ? stop : start).focus();
  }

  /**
   * Receives files one after the other, and saves them once all are complete.
   *
   * @param {Offer[]} calls
   * @param {number} total bytes; 0 if nobody knows them
   * @param {AbortSignal} signal
   */
  async function receive(calls, total, signal) {
    const began = performance.now();
    let [received, told] = [0, 0];
    const tell = () => {
      const now = performance.now();
      if (total) bar.value = received / total;
      if (now - told < TOLD_MS && received !== total) return;
      told = now;
      const rate = received / Math.max(1e-3, (now - began) / 1000);
      const amount = total
        ? text("shell.of", { done: sizeInWords(received), total: sizeInWords(total) })
        : sizeInWords(received);
      const left = total && rate ? leftInWords((total - received) / rate) : "";
      speed.textContent = [amount, text("data.rate", { rate: sizeInWords(rate) }), left].filter(Boolean).join(" · ");
    };
    const files = [];
    for (const { file, ...call } of calls) {
      const pieces = [];
      for await (const piece of chunksOf(await ask(call, signal), interrupted)) {
        pieces.push(piece);
        received += piece.length;
        tell();
      }
      files.push({ file, blob: new Blob(pieces, { type: "application/octet-stream" }) });
    }
    if (total && received !== total) throw new Error(text("data.broken"));
    for (const { file, blob } of files) save(blob, file);
    return text("data.saved", { files: files.map(({ file }) => file).join(", "), bytes: count(received) });
  }

  start.onclick = async () => {
    if (!offered) return;
    const { calls, total } = offered();
    work = new AbortController();
    say();
    ended.textContent = text("data.downloading");
    speed.textContent = "";
    if (total) bar.value = 0;
    else bar.removeAttribute("value");
    show();
    try {
      ended.textContent = await receive(calls, total, work.signal);
    } catch (error) {
      ended.textContent = isAbort(error) ? text("data.cancelled") : "";
      if (!isAbort(error)) say(error);
    }
    work = undefined;
    show();
  };
  stop.onclick = () => work?.abort();
  return {
    /** @param {Download} [offer] what is downloaded next; nothing if it cannot be */
    offer(offer) {
      if (!work) ended.textContent = ""; // about the download before
      offered = offer;
      show();
    },
    /** Lets nothing be downloaded until the next offer. */
    wait() {
      offered = undefined;
    },
  };
}

/** @param {number} seconds */
const leftInWords = (seconds) =>
  seconds < 100
    ? text("data.left", { n: count(Math.ceil(seconds)) })
    : text("data.left_minutes", { n: count(Math.ceil(seconds / 60)) });

/**
 * @param {unknown} error
 * @returns {never}
 */
function interrupted(error) {
  throw isAbort(error) ? error : new Error(text("data.broken"));
}
