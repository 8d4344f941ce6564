// Pictures and files between an answer and the user: the newest one wanted is fetched, shown, or saved.

import { ask, isAbort } from "./api.js";
import { make } from "./elements.js";

/** @import { Offer } from "./page.js" */
/** @typedef {(error?: unknown, source?: unknown) => void} Say shows what went wrong somewhere; or that nothing did */

const PATIENCE_MS = 500;
const DOWNLOAD_MS = 60_000; // a browser reads the file some time after the click

/**
 * Returns a function that runs `work(wish, signal)` for the newest wish, one at a time. Of the wishes that arrive in
 * the meantime, only the last is kept, so the picture follows the pointer as fast as answers come, and never returns
 * to an older one. Work that takes long while a newer wish waits is aborted. A wish equal to the last one is ignored.
 * An error stays shown until this work succeeds or the state changes.
 *
 * @template Wish
 * @param {(wish: Wish, signal: AbortSignal) => Promise<void>} work
 * @param {Say} say
 * @returns {(wish: Wish) => void}
 */
export function latestOnly(work, say) {
  /** @type {AbortController | undefined} */
  let running;
  /** @type {[Wish] | undefined} */
  let waiting;
  /** @type {string | undefined} */
  let last; // wish, as text

  /** @param {Wish} wish */
  const run = async (wish) => {
    running = new AbortController();
    try {
      await work(wish, running.signal);
      say(undefined, work);
    } catch (error) {
      if (!isAbort(error)) {
        last = undefined;
        say(error, work);
      }
    }
    running = undefined;
    next();
  };
  const next = () => {
    if (!waiting) return;
    const [wish] = waiting;
    waiting = undefined;
    run(wish);
  };

  return (wish) => {
    const text = JSON.stringify(wish);
    if (text === last) return;
    last = text;
    waiting = [wish];
    if (!running) return next();
    const inFlight = running;
    setTimeout(() => waiting && inFlight === running && inFlight.abort(), PATIENCE_MS);
  };
}

/**
 * Shows a picture in an element, and releases the one before.
 *
 * @param {HTMLImageElement} image
 * @param {Blob} blob
 * @param {string} description
 */
export function put(image, blob, description) {
  const before = image.src;
  image.onload = () => {
    if (before.startsWith("blob:")) URL.revokeObjectURL(before); // shown until now
    fit(image);
  };
  resized.observe(image);
  image.src = URL.createObjectURL(blob);
  image.alt = description;
}

/**
 * Shows pixels as squares where there is room for all of them; a picture that is reduced would lose thin strokes.
 *
 * @param {HTMLImageElement} image
 */
const fit = (image) => image.classList.toggle("reduced", image.naturalWidth > image.clientWidth * devicePixelRatio);
const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) if (target instanceof HTMLImageElement) fit(target);
});

/**
 * Hands a file to the browser's downloads.
 *
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_MS);
}

/**
 * Hands the answer to a request to the browser's downloads, or says what went wrong.
 *
 * @param {Offer} offer
 * @param {Say} say
 */
export async function saveAnswer({ file, ...call }, say) {
  try {
    save(await (await ask({ accept: "*/*", ...call })).blob(), file);
    say(undefined, saveAnswer);
  } catch (error) {
    say(error, saveAnswer);
  }
}
