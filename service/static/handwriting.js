// The view Your hand: from a digit on paper to the hand that it is written in.

import { isAbort } from "./api.js";
import { find } from "./elements.js";
import { styleOf, tokenOf } from "./hand.js";
import { bitmap } from "./inference.js";
import { turned } from "./latents.js";
import { obstacle } from "./makers.js";
import { classesOf, writes } from "./models.js";
import { paper } from "./paper.js";
import { latestOnly } from "./pictures.js";
import { prepared, SIDE } from "./preparation.js";
import { check, prepareReading, readHere, readThere } from "./reading.js";
import { latentOf } from "./seeds.js";
import { change, state } from "./state.js";
import { offerOf, writing } from "./writing.js";

/** @import { Context, Offer } from "./main.js" */
/** @import { Reading } from "./reading.js" */
/** @import { State } from "./state.js" */

const HINT = "Write a digit on the paper, or choose, drop or paste a photo of one.";
const PATIENCE_MS = 200; // a wait shorter than this is not announced

/**
 * Returns a function that shows a state and returns the request behind the number, if there is a hand.
 *
 * @param {Context} context
 * @returns {(now: State) => Offer | undefined}
 */
export function handwriting({ models, say }) {
  const section = find("#hand", HTMLElement);
  const canvas = find("#paper", HTMLCanvasElement);
  const where = find("#where", HTMLElement);
  const said = find("#read", HTMLElement);
  const likeness = find("#likeness", HTMLElement);
  const preparedPicture = find("#prepared", HTMLImageElement);
  const reconstruction = find("#reconstruction", HTMLImageElement);
  const ten = find("#ten", HTMLElement);
  const written = find("#written", HTMLElement);
  const permanent = find("#permanent", HTMLAnchorElement);
  const photo = find("#photo", HTMLInputElement);
  const write = writing(say);
  const sheet = paper(canvas, () => {
    nChanges++;
    tried = "";
    if (sheet.isBlank()) forget();
    else look();
  });
  const obstructed = obstacle(models, "your drawing is sent to this service, which stores nothing");
  let nChanges = 0; // of the paper
  let tried = ""; // what is read, or was last read, as text; other answers are stale
  /** @type {Reading & { isHere: boolean } | undefined} */
  let reading; // the last one, and whether this browser made it, which then makes all pictures of its hand

  find("[name=reader][value=browser]", HTMLInputElement, section).disabled = obstructed !== "";

  /** @param {string} [news] */
  function sayWhere(news = "") {
    where.textContent =
      state.reader === "browser"
        ? `Your drawing stays in this browser: no drawing leaves your machine. ${news}`
        : obstructed || "Your drawing is sent to this service, which reads it and stores nothing.";
  }

  /** Waits until this browser can read, and returns the thresholds of the model. */
  async function prepare() {
    const patience = setTimeout(() => sayWhere("Fetching the models and their runtime, once."), PATIENCE_MS);
    try {
      return await prepareReading(state.model, models.get(state.model));
    } catch (error) {
      throw new Error(`this browser cannot read: ${error instanceof Error ? error.message : error}; the service can`);
    } finally {
      clearTimeout(patience);
      sayWhere();
    }
  }
  const begin = () => {
    if (state.reader === "browser") prepare().catch(say); // while the user still writes
  };

  /** @typedef {{ nth: number, reader: string, name: string }} Wish */
  const read = latestOnly(async (/** @type {Wish} */ wish, signal) => {
    const { reader, name } = wish;
    const isHere = reader === "browser";
    const isStale = () => JSON.stringify(wish) !== tried;
    const found = await (isHere ? readByBrowser(name) : readByServer(name, signal)).catch((error) => {
      if (!isStale()) forget(error);
    });
    if (!found || isStale()) return;
    reading = { ...found, isHere };
    const named = classesOf(models.get(name))[found.label];
    said.textContent = `Read as ${named}, ${Math.floor(100 * found.confidence)} % certain.`;
    Object.assign(reconstruction, { src: found.src, alt: `A ${named}, drawn by the model` });
    say();
    change({ hand: found.hand, towards: 0 });
  }, say);

  /** Reads the paper, unless this was tried before. */
  function look() {
    const wish = { nth: nChanges, reader: state.reader, name: state.model };
    const text = JSON.stringify(wish);
    if (text === tried) return;
    tried = text;
    read(wish);
  }

  /** @param {string} name */
  async function readByBrowser(name) {
    const thresholds = await prepare();
    const picture = showPrepared();
    const found = await readHere(picture, name, models.get(name));
    check(found, thresholds, classesOf(models.get(name))[found.label]);
    return found;
  }

  /**
   * @param {string} name
   * @param {AbortSignal} signal
   */
  async function readByServer(name, signal) {
    const asked = readThere(sheet.file(), name, signal);
    asked.catch(() => {}); // awaited after the picture
    try {
      showPrepared();
    } catch {
      preparedPicture.removeAttribute("src"); // this browser sees less of a large photo than the service
    }
    return await asked;
  }

  function showPrepared() {
    const picture = prepared(sheet.grey());
    preparedPicture.src = bitmap(picture, SIDE, SIDE);
    return picture;
  }

  /** @param {unknown} [error] that says why there is no hand */
  function forget(error) {
    reading = undefined;
    said.textContent = error instanceof Error && !isAbort(error) ? `Not read: ${error.message}.` : HINT;
    change({ hand: "", towards: 0 });
  }

  /** @param {File | undefined} file */
  async function put(file) {
    try {
      if (file) await sheet.put(file);
    } catch (error) {
      say(error);
    }
  }

  canvas.addEventListener("pointerenter", begin);
  photo.addEventListener("click", begin);
  photo.addEventListener("change", () => {
    put(photo.files?.[0]);
    photo.value = ""; // so that the same file can be chosen again
  });
  section.addEventListener("dragover", (event) => event.preventDefault());
  section.addEventListener("drop", (event) => {
    event.preventDefault();
    put(event.dataTransfer?.files[0]);
  });
  document.addEventListener("paste", ({ clipboardData }) => state.view === "hand" && put(clipboardData?.files[0]));
  find("#undo", HTMLElement).onclick = sheet.undo;
  find("#clear", HTMLElement).onclick = sheet.clear;

  return (now) => {
    if (obstructed) now.reader = "server";
    sayWhere();
    if (!sheet.isBlank()) look(); // another model or reader may be chosen
    const model = models.get(now.model);
    const { latent_size: size, n_classes: nClasses } = model;
    const style = styleOf(now.hand);
    const hasHand = style?.length === size - nClasses;
    const isRead = hasHand && reading?.hand === now.hand;
    likeness.hidden = !isRead;
    ten.hidden = !hasHand;
    written.hidden = !hasHand || !writes(model);
    if (!isRead && (hasHand || !said.textContent)) said.textContent = HINT;
    if (!hasHand) return undefined;
    const stranger = Array.from(latentOf(now.stranger, style.length));
    const hand = now.towards ? tokenOf(turned(style, stranger, now.towards, style.length)) : now.hand;
    const text = { hand, digits: now.digits, name: now.model, classes: classesOf(model), hasDigits: writes(model) };
    write(text, isRead && Boolean(reading?.isHere));
    if (!text.hasDigits) return undefined;
    const offer = offerOf(text, "svg");
    permanent.href = offer.path;
    return offer;
  };
}
